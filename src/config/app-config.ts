import { existsSync } from 'node:fs';
import { z } from 'zod';
import { isProduction, productionProblems } from './production-checks.js';
import { isSigningKey, type SigningKey, signingKeyOf } from './signing-key.js';

const seconds = (value: number) => z.coerce.number().int().positive().default(value);
const perMinute = (value: number) => z.coerce.number().int().positive().default(value);
const text = () => z.string().trim().min(1);
/** Longer than load balancers usually take to notice. */
const SHUTDOWN_DELAY_SECONDS = 5;
const priceId = (plan: string) =>
  z.string().startsWith('price_').optional().describe(`Stripe price of ${plan}, without a catalogue file`);
/** An empty value in an environment file means 'not set'. */
const optionalText = () => text().optional();

/**
 * Every environment variable that the service reads, in the order of `.env.example`. The text of `describe` is the
 * documentation of the variable. A value that does not fit stops the boot with the variable's name.
 */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('development, test or production; production embeds nothing'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(8009)
    .describe('TCP port of the HTTP server; 0 takes a free one'),
  HOST: text().default('127.0.0.1').describe('Address that the HTTP server listens on'),
  SHUTDOWN_DELAY_SECONDS: z.coerce
    .number()
    .min(0)
    .max(60)
    .optional()
    .describe(
      'Seconds after SIGTERM in which requests are still taken while GET /health/ready says no; default 5 in production or with a live key, else 0',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Lowest level that is logged: fatal, error, warn, info, debug, trace or silent'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a PostgreSQL connection string (postgres://… or postgresql://…)')
    .describe('PostgreSQL 14 or later; unset: an embedded one is started'),
  DATABASE_SCHEMA: z
    .string()
    .regex(/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/, 'must be a name of small letters, digits and _')
    .default('public')
    .describe(
      'PostgreSQL schema of the tables, made when it is missing; one of its own beside the tables of an application',
    ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(10)
    .describe('Connections a process keeps at most'),
  BILLING_DATA_DIR: text().default('.data').describe('Folder of the embedded database, the sandbox and their ports'),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_[A-Za-z0-9_]+$/, 'must be a secret or restricted Stripe key (sk_… or rk_…)')
    .describe('Secret or restricted key; unset: the Stripe sandbox is started'),
  STRIPE_PUBLISHABLE_KEY: z
    .string()
    .regex(/^pk_(test|live)_[A-Za-z0-9_]+$/, 'must be a publishable Stripe key (pk_…)')
    .optional()
    .describe('Handed to frontends by GET /config'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .transform((value) => value.split(',').map((secret) => secret.trim()))
    .pipe(z.array(z.string().regex(/^whsec_\S+$/, 'must be a webhook signing secret (whsec_…)')).min(1))
    .describe('Signing secret of the webhook endpoint; several, comma-separated, while one is rotated'),
  STRIPE_API_BASE: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Base URL of the Stripe API; unset: Stripe's own"),
  STRIPE_SANDBOX: z
    .enum(['embedded'])
    .optional()
    .describe('embedded: start the Stripe sandbox although DATABASE_URL is set'),
  SANDBOX_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(12111)
    .describe('Port of the embedded Stripe sandbox; the next free one when taken'),
  BILLING_CATALOGUE: optionalText().describe(
    'File that says what is sold; default billing.catalogue.json where there is one, else the three plans of the next six variables',
  ),
  STRIPE_STARTER_MONTHLY_PRICE_ID: priceId('starter, monthly'),
  STRIPE_STARTER_YEARLY_PRICE_ID: priceId('starter, yearly'),
  STRIPE_PROFESSIONAL_MONTHLY_PRICE_ID: priceId('professional, monthly'),
  STRIPE_PROFESSIONAL_YEARLY_PRICE_ID: priceId('professional, yearly'),
  STRIPE_ENTERPRISE_MONTHLY_PRICE_ID: priceId('enterprise, monthly'),
  STRIPE_ENTERPRISE_YEARLY_PRICE_ID: priceId('enterprise, yearly'),
  FRONTEND_URL: z
    .url({ protocol: /^https?$/ })
    .regex(/^[^?#]*$/, 'must have neither a query nor a fragment')
    .transform((value) => value.replace(/\/+$/, ''))
    .default('http://localhost:5179')
    .describe('Origin of the frontend: CORS and the return addresses of Checkout'),
  AUTH_JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('Shared secret of HS256 bearer tokens'),
  AUTH_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Key set of an issuer of bearer tokens; instead of AUTH_JWT_SECRET'),
  AUTH_ISSUER: optionalText().describe('Required `iss` of a bearer token'),
  AUTH_AUDIENCE: optionalText().describe('Required `aud` of a bearer token'),
  AUTH_CLIENT_ID: z
    .string()
    .transform((value) => value.split(',').map((id) => id.trim()))
    .pipe(z.array(text()).min(1))
    .optional()
    .describe('Client that a bearer token must be for, by its `client_id`, `azp` or `aud`; several, comma-separated'),
  AUTH_EMAIL_CLAIM: text()
    .default('email')
    .describe('Claim with the e-mail: its name, or a path such as user.email; of a list the first'),
  AUTH_ROLE_CLAIM: text()
    .default('role')
    .describe('Claim with the role, or a list of roles: its name, or a path such as realm_access.roles'),
  AUTH_ADMIN_ROLE: text().default('admin').describe('Role that makes an administrator, compared exactly'),
  AUTH_ORGANIZATION_CLAIM: optionalText().describe(
    'Claim with the id of the organization that a token acts for: its name, or a path; unset: only persons are customers',
  ),
  AUTH_ORGANIZATION_NAME_CLAIM: optionalText().describe('Claim with the name of the organization: its name, or a path'),
  AUTH_ORGANIZATION_ROLE_CLAIM: optionalText().describe(
    'Claim with the role, or a list of roles, within the organization: its name, or a path',
  ),
  AUTH_ORGANIZATION_BUYER_ROLES: z
    .string()
    .default('owner,admin,billing,org:admin')
    .transform((value) => value.split(',').map((role) => role.trim()))
    .pipe(z.array(text()).min(1))
    .describe(
      'Roles within an organization that may buy and change, comma-separated, compared exactly; every other member reads',
    ),
  TRIAL_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(730)
    .default(14)
    .describe('Longest trial that a caller may ask for, in days; 0 turns trials off'),
  TRIAL_ONCE_PER: z
    .string()
    .transform((value) => value.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(['customer', 'card'])).min(1))
    .optional()
    .describe('customer, card or both; default customer,card, with a test key customer'),
  INTENT_RECOVERY_AFTER_SECONDS: seconds(300).describe(
    'Age at which an open operation is looked up at Stripe and closed, in seconds',
  ),
  INTENT_POLL_SECONDS: z.coerce
    .number()
    .positive()
    .default(2)
    .describe('How often open operations are looked for, in seconds'),
  DUPLICATE_POLICY: z
    .enum(['cancel_and_refund', 'flag'])
    .default('cancel_and_refund')
    .describe(
      'What happens to a second live subscription that this service sold within a day: cancel_and_refund, or flag to only report it; what an operator or another program made is only ever reported',
    ),
  EXISTING_CUSTOMERS: z
    .enum(['refuse', 'ignore'])
    .optional()
    .describe(
      'What happens to a first purchase when a Stripe customer of nobody has the same e-mail, verified by the issuer, and a live subscription: refuse, until an operator links it, or ignore; default refuse, with the embedded sandbox ignore',
    ),
  CANCEL_OPEN_INVOICES: z
    .enum(['void', 'keep'])
    .default('void')
    .describe(
      'What happens to the open invoice when a past_due or unpaid subscription is cancelled now: void, since its period will not be had, or keep to go on collecting it',
    ),
  GRACE_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(90)
    .default(7)
    .describe('Days after an invoice was due in which its plan may still be used'),
  DISPUTE_POLICY: z
    .enum(['keep', 'block'])
    .default('keep')
    .describe(
      'What a plan gives while its payment is disputed: keep all of it, or block; a dispute that is lost blocks',
    ),
  ENTITLEMENTS_SIGNING_KEY: z
    .string()
    .refine(isSigningKey, 'must be 32 random bytes in base64 (openssl rand -base64 32)')
    .optional()
    .describe(
      'Ed25519 key that signs snapshots of entitlements: 32 random bytes in base64 (openssl rand -base64 32); unset: there are none',
    ),
  WEBHOOK_POLL_SECONDS: z.coerce
    .number()
    .positive()
    .default(5)
    .describe('How often the worker looks for events that no notification announced, in seconds'),
  WEBHOOK_MAX_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(12)
    .describe('Attempts after which an event stays failed until it is replayed'),
  WEBHOOK_COALESCE_SECONDS: z.coerce
    .number()
    .min(0)
    .max(60)
    .default(3)
    .describe(
      'How long an event whose order is not known waits for others of its object before Stripe is asked, in seconds; 0: not at all',
    ),
  WEBHOOK_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .default(90)
    .describe('Days that handled, ignored and failed events are kept; Stripe repeats none after 30'),
  EVENT_GAP_REPAIR_SECONDS: z.coerce
    .number()
    .min(0)
    .default(300)
    .describe("How often events that were not delivered are looked for in Stripe's list, in seconds; 0: never"),
  RECONCILE_EVERY_SECONDS: z.coerce
    .number()
    .min(0)
    .default(3600)
    .describe('How often a part of the tables is compared with Stripe and repaired, in seconds; 0: never'),
  AUDIT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .max(36_500)
    .default(400)
    .describe('Days that entries of the audit log are kept'),
  OUTGOING_EVENT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(7)
    .max(36_500)
    .default(90)
    .describe(
      'Days that outgoing events are kept; the newest of each payer is kept for good, since it holds its number',
    ),
  METRICS_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe('Bearer token of GET /metrics; unset: programs on the same machine may read it, in production nobody'),
  RATE_LIMIT_PURCHASES_PER_USER: perMinute(60).describe(
    'Purchases, cards, coupons, checkouts and other changes that a user may try in a minute',
  ),
  RATE_LIMIT_PURCHASES_PER_ADDRESS: perMinute(300).describe('The same for one network address'),
  RATE_LIMIT_FAILURES_PER_PAYER: z.coerce
    .number()
    .int()
    .positive()
    .default(10)
    .describe('Declined cards and wrong coupon codes that a payer may have in an hour, at all instances together'),
  RATE_LIMIT_READS_PER_USER: perMinute(1200).describe('Reads a user may make in a minute'),
  RATE_LIMIT_PER_SERVICE_KEY: perMinute(6000).describe(
    'Requests that may be made with one service key in a minute; its addresses have no limit',
  ),
  TRUST_PROXY: optionalText().describe(
    'Proxies whose X-Forwarded-For is believed, as in Express (for example 1 or loopback)',
  ),
});

export type Environment = z.infer<typeof environmentSchema>;
type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** Wrong or missing configuration. The message names every variable concerned and never repeats a value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** A variable that names a price of the built-in catalogue. */
export type PriceVariable = Extract<keyof Environment, `${string}_PRICE_ID`>;

/** The catalogue file that is used when no variable names one. */
const CATALOGUE_FILE = 'billing.catalogue.json';

/** The configuration of one process: read once, validated, frozen. */
export class AppConfig {
  /** Path of the catalogue file; null: the built-in catalogue at the prices that six variables name. */
  readonly catalogueFile: string | null;
  /** True with NODE_ENV=production or a live key. */
  readonly production: boolean;
  /** True with a live key: nothing of a test environment is accepted then. */
  readonly livemode: boolean;
  readonly trialOncePer: ReadonlySet<'customer' | 'card'>;
  /** True when the configured Stripe is the embedded sandbox. */
  readonly sandbox: boolean;
  /** EXISTING_CUSTOMERS. */
  readonly refusesExistingCustomers: boolean;
  /** Seconds that requests are still taken after the signal to end. */
  readonly shutdownDelaySeconds: number;
  /** Signs snapshots of entitlements; null: there are none. */
  readonly snapshotKey: SigningKey | null;

  private constructor(
    readonly env: Readonly<Environment>,
    embeddedSandbox: boolean,
  ) {
    this.catalogueFile = catalogueFileOf(env);
    this.production = isProduction(env);
    this.livemode = /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY);
    this.trialOncePer = new Set(env.TRIAL_ONCE_PER ?? (this.livemode ? ['customer', 'card'] : ['customer']));
    this.sandbox = embeddedSandbox;
    this.refusesExistingCustomers = (env.EXISTING_CUSTOMERS ?? (embeddedSandbox ? 'ignore' : 'refuse')) === 'refuse';
    this.shutdownDelaySeconds =
      env.SHUTDOWN_DELAY_SECONDS ?? (env.NODE_ENV === 'production' || this.livemode ? SHUTDOWN_DELAY_SECONDS : 0);
    this.snapshotKey = env.ENTITLEMENTS_SIGNING_KEY === undefined ? null : signingKeyOf(env.ENTITLEMENTS_SIGNING_KEY);
    Object.freeze(this);
  }

  /**
   * Checks each variable that is set, before what is not set is completed.
   *
   * @throws ConfigurationError that names each wrong variable
   */
  static checkGiven(environment: RawEnvironment): Partial<Environment> {
    const present = withoutEmpty(environment);
    const parsed = environmentSchema.partial().safeParse(present);
    if (!parsed.success) throw wrongConfiguration(describeIssues(parsed.error, present));
    return parsed.data;
  }

  /**
   * @param environment variables as in `process.env`; empty strings count as unset
   * @throws ConfigurationError that names each wrong or missing variable
   */
  static parse(environment: RawEnvironment, options: { sandbox?: boolean } = {}): AppConfig {
    const present = withoutEmpty(environment);
    const parsed = environmentSchema.safeParse(present);
    const problems = parsed.success ? [] : describeIssues(parsed.error, present);
    problems.push(...priceProblems(present));
    if (!present.AUTH_JWT_SECRET && !present.AUTH_JWKS_URL)
      problems.push('AUTH_JWT_SECRET or AUTH_JWKS_URL: one of them must be set');
    if (present.AUTH_JWT_SECRET && present.AUTH_JWKS_URL)
      problems.push('AUTH_JWT_SECRET and AUTH_JWKS_URL: set only one of them');
    if (parsed.success) problems.push(...crossChecks(parsed.data), ...productionProblems(parsed.data, present));
    if (!parsed.success || problems.length > 0) throw wrongConfiguration(problems);
    return new AppConfig(Object.freeze(parsed.data), options.sandbox ?? parsed.data.STRIPE_SANDBOX === 'embedded');
  }
}

function withoutEmpty(environment: RawEnvironment): RawEnvironment {
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
}

function wrongConfiguration(problems: string[]): ConfigurationError {
  return new ConfigurationError(`Wrong configuration:\n  ${problems.join('\n  ')}`);
}

function describeIssues(error: z.ZodError, present: RawEnvironment): string[] {
  return error.issues.map((issue) => describeIssue(issue.path.join('.'), issue.message, present));
}

function describeIssue(name: string, message: string, present: RawEnvironment): string {
  const variable = name.split('.')[0] ?? name;
  return present[variable] === undefined ? `${variable}: must be set` : `${variable}: ${message}`;
}

function crossChecks(env: Environment): string[] {
  const problems: string[] = [];
  const mode = /_live_/.test(env.STRIPE_SECRET_KEY) ? 'live' : 'test';
  if (env.STRIPE_PUBLISHABLE_KEY && !env.STRIPE_PUBLISHABLE_KEY.startsWith(`pk_${mode}_`)) {
    problems.push('STRIPE_PUBLISHABLE_KEY: must be of the same mode (test or live) as STRIPE_SECRET_KEY');
  }
  if (env.AUTH_ORGANIZATION_ROLE_CLAIM === env.AUTH_ROLE_CLAIM) {
    problems.push(
      'AUTH_ORGANIZATION_ROLE_CLAIM: must be another claim than AUTH_ROLE_CLAIM, or a role within an organization would make an administrator',
    );
  }
  return problems;
}

/** The prices of the built-in catalogue: all of them are needed without a file, and none beside one. */
function priceProblems(present: RawEnvironment): string[] {
  const problems: string[] = [];
  const names = Object.keys(environmentSchema.shape).filter((name) => name.endsWith('_PRICE_ID')) as PriceVariable[];
  const file = catalogueFileOf(present);
  if (file !== null)
    return names
      .filter((name) => present[name] !== undefined)
      .map((name) => `${name}: must not be set beside the catalogue file ${file}`);
  problems.push(...names.filter((name) => present[name] === undefined).map((name) => `${name}: must be set`));
  const seen = new Map<string, string>();
  for (const name of names) {
    const id = present[name];
    if (id === undefined) continue;
    const other = seen.get(id);
    if (other !== undefined) problems.push(`${name}: is the same price as ${other}`);
    seen.set(id, name);
  }
  return problems;
}

/** The file that a variable names, else the one of the usual name where it lies in the working directory. */
export function catalogueFileOf({
  BILLING_CATALOGUE: named,
}: {
  BILLING_CATALOGUE?: string | undefined;
}): string | null {
  return named?.trim() ?? (existsSync(CATALOGUE_FILE) ? CATALOGUE_FILE : null);
}
