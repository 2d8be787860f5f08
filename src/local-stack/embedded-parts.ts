import { ConfigurationError } from '../config/app-config.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The parts that the project runs itself. */
export interface EmbeddedParts {
  postgres: boolean;
  sandbox: boolean;
}

/**
 * What is embedded, by what is configured. Empty variables count as unset.
 *
 * @throws ConfigurationError that names the variables concerned
 */
export function chooseEmbeddedParts(environment: Environment): EmbeddedParts {
  const isSet = (name: string) => (environment[name] ?? '').trim() !== '';
  const key = (environment.STRIPE_SECRET_KEY ?? '').trim();
  const sandboxWanted = environment.STRIPE_SANDBOX?.trim() === 'embedded';
  const reason = reasonForNothing(environment, key);
  if (sandboxWanted) {
    if (reason) throw new ConfigurationError(`STRIPE_SANDBOX=embedded contradicts ${reason}: unset it`);
    refuseBeside(['STRIPE_SECRET_KEY', 'STRIPE_API_BASE'].filter(isSet));
    return { postgres: !isSet('DATABASE_URL'), sandbox: true };
  }
  if (reason) {
    const missing = ['DATABASE_URL', 'STRIPE_SECRET_KEY'].filter((name) => !isSet(name));
    if (missing.length === 0) return { postgres: false, sandbox: false };
    throw new ConfigurationError(`With ${reason} nothing is embedded: set ${missing.join(' and ')}`);
  }
  if (key !== '') return { postgres: !isSet('DATABASE_URL'), sandbox: false };
  const halfSet = ['DATABASE_URL', 'STRIPE_API_BASE'].find(isSet);
  if (halfSet) {
    throw new ConfigurationError(
      `${halfSet} is set, but STRIPE_SECRET_KEY is not: set it` +
        (halfSet === 'DATABASE_URL' ? ', or STRIPE_SANDBOX=embedded to use the Stripe sandbox with your database' : ''),
    );
  }
  return { postgres: true, sandbox: true };
}

function reasonForNothing(environment: Environment, key: string): string | undefined {
  if (environment.NODE_ENV?.trim() === 'production') return 'NODE_ENV=production';
  return /^(sk|rk)_live_/.test(key) ? 'a live STRIPE_SECRET_KEY' : undefined;
}

function refuseBeside(names: string[]): void {
  if (names.length === 0) return;
  throw new ConfigurationError(`STRIPE_SANDBOX=embedded contradicts ${names.join(' and ')}: unset one of them`);
}
