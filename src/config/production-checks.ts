/** The variables that production has demands on. */
interface Environment {
  NODE_ENV: string;
  STRIPE_SECRET_KEY: string;
  STRIPE_API_BASE?: string | undefined;
  FRONTEND_URL: string;
  AUTH_JWT_SECRET?: string | undefined;
  AUTH_JWKS_URL?: string | undefined;
  AUTH_ISSUER?: string | undefined;
  AUTH_AUDIENCE?: string | undefined;
  AUTH_CLIENT_ID?: string[] | undefined;
  METRICS_TOKEN?: string | undefined;
  ENTITLEMENTS_SIGNING_KEY?: string | undefined;
}

/** True with NODE_ENV=production or a live key: other people's money and data may be at stake. */
export function isProduction({
  NODE_ENV,
  STRIPE_SECRET_KEY,
}: Pick<Environment, 'NODE_ENV' | 'STRIPE_SECRET_KEY'>): boolean {
  return NODE_ENV === 'production' || /_live_/.test(STRIPE_SECRET_KEY);
}

/**
 * What must hold in production, beside what always must: who signs tokens and who takes money is known for certain, and
 * nothing is left at a value that suits a laptop.
 * @param given the variables as they were set, without the empty ones
 * @returns what is wrong, each line with the name of its variable
 */
export function productionProblems(env: Environment, given: Readonly<Record<string, string | undefined>>): string[] {
  if (!isProduction(env)) return [];
  const problems: string[] = [];
  for (const name of ['AUTH_JWKS_URL', 'STRIPE_API_BASE'] as const)
    if (!isSafeAddress(env[name], env)) problems.push(`${name}: must begin with https:// in production`);
  if (env.AUTH_JWKS_URL !== undefined) {
    if (env.AUTH_ISSUER === undefined) problems.push('AUTH_ISSUER: must be set with AUTH_JWKS_URL in production');
    if (env.AUTH_AUDIENCE === undefined && env.AUTH_CLIENT_ID === undefined)
      problems.push('AUTH_AUDIENCE or AUTH_CLIENT_ID: one of them must be set with AUTH_JWKS_URL in production');
  }
  if (given.FRONTEND_URL === undefined) problems.push('FRONTEND_URL: must be set in production');
  else if (isLoopback(env.FRONTEND_URL)) problems.push('FRONTEND_URL: must not be this machine in production');
  for (const name of ['AUTH_JWT_SECRET', 'METRICS_TOKEN', 'ENTITLEMENTS_SIGNING_KEY'] as const)
    if (isRepetitive(env[name])) problems.push(`${name}: must not repeat a few characters; take a random one`);
  return problems;
}

/** With a test key, what stands on this machine may do without https: no money is at stake, and no network is between. */
function isSafeAddress(address: string | undefined, { STRIPE_SECRET_KEY }: Environment): boolean {
  if (address === undefined || address.startsWith('https://')) return true;
  return isLoopback(address) && /_test_/.test(STRIPE_SECRET_KEY);
}

function isLoopback(address: string): boolean {
  // The parser has made any spelling of an IPv4 address a dotted one, and a name lower-case.
  const { hostname } = new URL(address);
  return hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname) || /^(.+\.)?localhost$/.test(hostname);
}

/** Even 16 random hexadecimal digits have fewer than 5 different ones once in millions. */
function isRepetitive(secret: string | undefined): boolean {
  return secret !== undefined && new Set(secret).size < 5;
}
