// Prints a bearer token for the embedded set-up, and nothing else.
import { parseArgs } from 'node:util';
import { signToken } from '../auth/sign-token.js';
import { Clock } from '../common/clock.js';
import { AppConfig, ConfigurationError, type Environment } from '../config/app-config.js';
import { readEnvironment } from '../config/environment.js';
import { embeddedJwtSecret } from '../local-stack/embedded-state.js';
import { failureText } from '../config/program-exit.js';
import { isUsageError, UsageError } from './command.js';

const USAGE = `Usage: npm run --silent token -- --sub alice [--email alice@example.com] [--role admin]

  --sub    whom the token is for: its subject, the user's id at the issuer
  --email  default <sub>@example.com
  --role   admin, or any other word for an ordinary user
`;

try {
  process.stdout.write(`${await token()}\n`);
} catch (error) {
  const wrongUsage = isUsageError(error);
  process.stderr.write(wrongUsage ? `${error.message}\n\n${USAGE}` : `${failureText(error)}\n`);
  process.exitCode = wrongUsage ? 2 : 1;
}

async function token(): Promise<string> {
  const { values } = parseArgs({
    options: { sub: { type: 'string' }, email: { type: 'string' }, role: { type: 'string' } },
  });
  const { sub = '', email, role } = values;
  if (sub.trim() === '') throw new UsageError('--sub is missing');
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, ...given } = AppConfig.checkGiven(readEnvironment());
  return signToken(
    { sub, ...(email === undefined ? {} : { email }), ...(role === undefined ? {} : { role }) },
    {
      secret: await secretOf(given),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
      now: new Clock().now(),
    },
  );
}

function secretOf(given: Partial<Environment>): Promise<string> | string {
  if (given.AUTH_JWKS_URL !== undefined) {
    throw new ConfigurationError('AUTH_JWKS_URL: is set, so that only its issuer makes tokens');
  }
  if (given.AUTH_JWT_SECRET !== undefined) return given.AUTH_JWT_SECRET;
  if (given.NODE_ENV === 'production') {
    throw new ConfigurationError('AUTH_JWT_SECRET: must be set with NODE_ENV=production');
  }
  return embeddedJwtSecret(given.BILLING_DATA_DIR ?? '.data');
}
