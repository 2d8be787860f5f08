// Prints a bearer token for the embedded set-up, and nothing else.
import { signToken } from '../auth/sign-token.js';
import { Clock } from '../common/clock.js';
import { AppConfig, ConfigurationError, type Environment } from '../config/app-config.js';
import { readEnvironment } from '../config/environment.js';
import { embeddedJwtSecret } from '../local-stack/embedded-state.js';
import { type CommandContext, type CommandResult } from './command.js';
import { CommandLine } from './command-line.js';
import { notBlank } from './parameters.js';

const line = new CommandLine(process.argv.slice(2), readEnvironment(), process);
line.program
  .name('npm run --silent token --')
  .description('Prints a bearer token for the embedded set-up.')
  .requiredOption('--sub <subject>', "whom the token is for: its subject, the user's id at the issuer", notBlank)
  .option('--email <address>', 'default: <subject>@example.com')
  .option('--role <role>', 'admin, or any other word for an ordinary user')
  .option('--org <id>', 'the organization that the token acts for; default: none, it acts for its subject', notBlank)
  .option('--org-name <name>', 'its name', notBlank)
  .option('--org-role <role>', 'role within it: owner, admin and billing buy, any other reads', notBlank)
  .action((claims) => line.run((context) => tokenFor(claims, context)));
process.exitCode = await line.execute();

interface TokenOptions {
  sub: string;
  email?: string | undefined;
  role?: string | undefined;
  org?: string | undefined;
  orgName?: string | undefined;
  orgRole?: string | undefined;
}

async function tokenFor(
  { sub, email, role, org, orgName, orgRole }: TokenOptions,
  { environment }: CommandContext,
): Promise<CommandResult> {
  const {
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    AUTH_CLIENT_ID: clientIds,
    ...given
  } = AppConfig.checkGiven(environment);
  const token = await signToken(
    {
      sub,
      ...(email === undefined ? {} : { email }),
      ...(role === undefined ? {} : { role }),
      ...(org === undefined ? {} : { organization: { id: org, ...named({ name: orgName, role: orgRole }) } }),
    },
    {
      secret: await secretOf(given),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
      ...(clientIds?.[0] === undefined ? {} : { clientId: clientIds[0] }),
      now: new Clock().now(),
    },
  );
  return { text: token, json: { token } };
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

function named({ name, role }: { name: string | undefined; role: string | undefined }) {
  return { ...(name === undefined ? {} : { name }), ...(role === undefined ? {} : { role }) };
}
