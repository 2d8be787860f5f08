import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AppConfig, environmentSchema } from './app-config.js';

const COMPLETE = {
  DATABASE_URL: 'postgres://billing@localhost/billing',
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  STRIPE_STARTER_MONTHLY_PRICE_ID: 'price_1',
  STRIPE_STARTER_YEARLY_PRICE_ID: 'price_2',
  STRIPE_PROFESSIONAL_MONTHLY_PRICE_ID: 'price_3',
  STRIPE_PROFESSIONAL_YEARLY_PRICE_ID: 'price_4',
  STRIPE_ENTERPRISE_MONTHLY_PRICE_ID: 'price_5',
  STRIPE_ENTERPRISE_YEARLY_PRICE_ID: 'price_6',
  AUTH_JWT_SECRET: 'a-secret-with-more-than-32-characters',
};
type Name = keyof typeof environmentSchema.shape;
const NAMES = Object.keys(environmentSchema.shape) as Name[];

/** The value that a variable has when it is not set, as it is written in an environment file. */
function defaultOf(name: Name): string {
  const parsed = environmentSchema.shape[name].safeParse(undefined);
  return parsed.success && parsed.data !== undefined ? String(parsed.data) : '';
}

/** What the boot complains of. */
function refusalOf(changes: Record<string, string | undefined>): string {
  try {
    AppConfig.parse({ ...COMPLETE, ...changes });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
}

describe('.env.example', () => {
  it('lists every variable in the order of the schema, with its description and its default', () => {
    const expected = NAMES.map(
      (name) => `# ${environmentSchema.shape[name].description}\n#${name}=${defaultOf(name)}\n`,
    );
    expect(readFileSync('.env.example', 'utf8').replace(/^(?:##.*\n)+\n/, '')).toBe(expected.join('\n'));
  });
});

describe('the description of a variable', () => {
  it.each(NAMES)('names each word that it may be: %s', (name) => {
    const refusal = environmentSchema.shape[name].safeParse('\0').error?.issues[0];
    const words = refusal?.code === 'invalid_value' ? refusal.values.map(String) : [];
    const { description = '' } = environmentSchema.shape[name];
    expect(words.filter((word) => !description.includes(word))).toEqual([]);
  });
});

describe('AppConfig', () => {
  it('takes a complete environment', () => {
    expect(refusalOf({})).toBe('accepted');
  });

  it.each(NAMES.filter((name) => !environmentSchema.shape[name].safeParse(undefined).success))(
    'stops with the name of a missing variable: %s',
    (name) => {
      expect(refusalOf({ [name]: undefined })).toContain(`${name}: must be set`);
      expect(refusalOf({ [name]: '  ' })).toContain(`${name}: must be set`);
    },
  );

  it.each<[Name, string]>([
    ['NODE_ENV', 'staging'],
    ['PORT', '65536'],
    ['PORT', 'http'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://localhost/billing'],
    ['DATABASE_POOL_SIZE', '1'],
    ['STRIPE_SECRET_KEY', 'pk_test_1'],
    ['STRIPE_SECRET_KEY', 'your-secret-key'],
    ['STRIPE_PUBLISHABLE_KEY', 'sk_test_1'],
    ['STRIPE_WEBHOOK_SECRET', 'hunter2'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_1,'],
    ['STRIPE_API_BASE', 'api.stripe.com'],
    ['STRIPE_SANDBOX', 'yes'],
    ['SANDBOX_PORT', '-1'],
    ['STRIPE_STARTER_MONTHLY_PRICE_ID', 'prod_1'],
    ['STRIPE_ENTERPRISE_YEARLY_PRICE_ID', '199000'],
    ['FRONTEND_URL', 'javascript:alert(1)'],
    ['FRONTEND_URL', 'https://app.example.com/?school=1'],
    ['FRONTEND_URL', 'https://app.example.com/#billing'],
    ['AUTH_JWT_SECRET', 'short'],
    ['TRIAL_DAYS', '-1'],
    ['TRIAL_DAYS', '14.5'],
    ['TRIAL_ONCE_PER', 'household'],
    ['INTENT_RECOVERY_AFTER_SECONDS', '0'],
    ['DUPLICATE_POLICY', 'ignore'],
    ['CANCEL_OPEN_INVOICES', 'pay'],
    ['WEBHOOK_POLL_SECONDS', '0'],
    ['WEBHOOK_MAX_ATTEMPTS', '0'],
    ['RATE_LIMIT_PURCHASES_PER_USER', '0'],
    ['RATE_LIMIT_PURCHASES_PER_ADDRESS', 'many'],
    ['RATE_LIMIT_FAILURES_PER_PAYER', '0'],
    ['RATE_LIMIT_READS_PER_USER', '1.5'],
  ])('stops with the name of a wrong variable, and never repeats its value: %s=%s', (name, value) => {
    const refusal = refusalOf({ [name]: value });
    expect(refusal).toContain(`${name}: `);
    if (value.length > 4) expect(refusal).not.toContain(value);
    expect(() => AppConfig.checkGiven({ [name]: value })).toThrow(`${name}: `);
  });

  it('names all wrong variables at once', () => {
    const refusal = refusalOf({ PORT: 'x', TRIAL_DAYS: 'y', DATABASE_URL: '' });
    expect(refusal).toMatch(/PORT: .*\n.*DATABASE_URL: must be set\n.*TRIAL_DAYS: /);
  });

  it('wants exactly one way to verify tokens', () => {
    expect(refusalOf({ AUTH_JWT_SECRET: undefined })).toContain('AUTH_JWT_SECRET or AUTH_JWKS_URL: one of them');
    expect(refusalOf({ AUTH_JWKS_URL: 'https://issuer.example.com/keys' })).toContain('set only one of them');
    expect(refusalOf({ AUTH_JWT_SECRET: undefined, AUTH_JWKS_URL: 'https://issuer.example.com/keys' })).toBe(
      'accepted',
    );
  });

  it('refuses a publishable key of the other mode, and one price for two plans', () => {
    expect(refusalOf({ STRIPE_PUBLISHABLE_KEY: 'pk_live_1' })).toContain('STRIPE_PUBLISHABLE_KEY: must be of the same');
    expect(refusalOf({ STRIPE_STARTER_YEARLY_PRICE_ID: 'price_1' })).toContain(
      'STRIPE_STARTER_YEARLY_PRICE_ID: is the',
    );
  });

  const PRODUCTION = {
    NODE_ENV: 'production',
    FRONTEND_URL: 'https://app.example.com',
    AUTH_JWT_SECRET: undefined,
    AUTH_JWKS_URL: 'https://id.example.com/keys',
    AUTH_ISSUER: 'https://id.example.com/',
    AUTH_AUDIENCE: 'billing',
  };
  const LIVE = { ...PRODUCTION, NODE_ENV: undefined, STRIPE_SECRET_KEY: 'rk_live_1' };
  const BY_SECRET = { AUTH_JWKS_URL: undefined, AUTH_ISSUER: undefined, AUTH_AUDIENCE: undefined };

  it.each<[string, Record<string, string | undefined>]>([
    ['AUTH_JWKS_URL', { AUTH_JWKS_URL: 'http://id.example.com/keys' }],
    ['AUTH_JWKS_URL', { AUTH_JWKS_URL: 'http://localhost.example.com/keys' }],
    ['AUTH_JWKS_URL', { AUTH_JWKS_URL: 'http://127.0.0.1.example.com/keys' }],
    ['AUTH_ISSUER', { AUTH_ISSUER: undefined }],
    ['AUTH_AUDIENCE or AUTH_CLIENT_ID', { AUTH_AUDIENCE: undefined }],
    ['STRIPE_API_BASE', { STRIPE_API_BASE: 'http://stripe.example.com' }],
    ['FRONTEND_URL', { FRONTEND_URL: undefined }],
    ['FRONTEND_URL', { FRONTEND_URL: '' }],
    ['FRONTEND_URL', { FRONTEND_URL: 'http://localhost:5179' }],
    ['FRONTEND_URL', { FRONTEND_URL: 'https://127.0.0.1' }],
    ['FRONTEND_URL', { FRONTEND_URL: 'http://[::1]:5179' }],
    ['AUTH_JWT_SECRET', { ...BY_SECRET, AUTH_JWT_SECRET: 'a'.repeat(36) }],
    ['AUTH_JWT_SECRET', { ...BY_SECRET, AUTH_JWT_SECRET: '0101'.repeat(9) }],
    ['METRICS_TOKEN', { METRICS_TOKEN: 'x'.repeat(36) }],
  ])('in production and with a live key stops for want of a safe %s: %j', (name, changes) => {
    for (const environment of [PRODUCTION, LIVE])
      expect(refusalOf({ ...environment, ...changes })).toContain(`${name}: `);
    expect(
      refusalOf({ ...changes, ...(changes.AUTH_JWKS_URL === undefined ? {} : { AUTH_JWT_SECRET: undefined }) }),
    ).toBe('accepted');
  });

  it('in production and with a live key takes what is safe', () => {
    const secret = { ...BY_SECRET, AUTH_JWT_SECRET: COMPLETE.AUTH_JWT_SECRET };
    const client = { AUTH_AUDIENCE: undefined, AUTH_CLIENT_ID: 'web' };
    for (const environment of [PRODUCTION, LIVE])
      for (const changes of [{}, secret, client, { STRIPE_API_BASE: 'https://stripe.example.com' }])
        expect(refusalOf({ ...environment, ...changes })).toBe('accepted');
  });

  it.each(['http://localhost:12111', 'http://127.0.0.1:12111', 'http://127.8.8.8', 'http://[::1]:12111'])(
    'in production takes the loopback address %s without https, but never with a live key',
    (address) => {
      for (const name of ['STRIPE_API_BASE', 'AUTH_JWKS_URL']) {
        expect(refusalOf({ ...PRODUCTION, [name]: address })).toBe('accepted');
        expect(refusalOf({ ...LIVE, [name]: address })).toContain(`${name}: must begin with https://`);
      }
    },
  );

  it('cannot be changed afterwards', () => {
    const config = AppConfig.parse(COMPLETE);
    expect(() => Object.assign(config.env, { PORT: 1 })).toThrow(TypeError);
  });

  it('takes several webhook secrets', () => {
    const config = AppConfig.parse({ ...COMPLETE, STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old' });
    expect(config.env.STRIPE_WEBHOOK_SECRET).toEqual(['whsec_new', 'whsec_old']);
  });

  it('counts a trial per customer and card with a live key, per customer only with a test key', () => {
    const live = AppConfig.parse({
      ...COMPLETE,
      STRIPE_SECRET_KEY: 'sk_live_1',
      FRONTEND_URL: 'https://app.example.com',
    });
    expect([...live.trialOncePer]).toEqual(['customer', 'card']);
    expect([...AppConfig.parse(COMPLETE).trialOncePer]).toEqual(['customer']);
  });
});
