import { failureText } from '../config/program-exit.js';
import { type Command, isUsageError, UsageError } from './command.js';
import { ProgressLine, type Terminal } from './progress-line.js';

/** Where the program writes. */
export interface Streams {
  stdout: Terminal;
  stderr: Terminal;
}

/** The commands by name. What one needs is loaded only when it is called. */
const COMMANDS = new Map<string, { summary: string; load: () => Promise<Command> }>([
  [
    'migrate',
    {
      summary: 'apply the database migrations that are missing',
      load: async () => (await import('./commands/migrate.js')).migrateCommand,
    },
  ],
  [
    'backfill',
    {
      summary: 'take in everything that the Stripe account holds',
      load: async () => (await import('./commands/backfill.js')).backfillCommand,
    },
  ],
  [
    'reconcile',
    {
      summary: 'compare every table with Stripe, field by field',
      load: async () => (await import('./commands/reconcile.js')).reconcileCommand,
    },
  ],
  [
    'events',
    {
      summary: 'see and replay the events of the inbox',
      load: async () => (await import('./commands/events.js')).eventsCommand,
    },
  ],
  [
    'doctor',
    {
      summary: 'check configuration, database and Stripe account, and say what to do',
      load: async () => (await import('./commands/doctor.js')).doctorCommand,
    },
  ],
  [
    'stripe:setup',
    {
      summary: 'make products, prices and the webhook endpoint in the Stripe account',
      load: async () => (await import('./commands/stripe-setup.js')).stripeSetupCommand,
    },
  ],
]);

/**
 * Runs one command and answers the exit code: 0 done, 1 failed or something was found wrong, 2 not understood.
 *
 * @param given the command's name and its parameters
 * @param environment the variables as they were given
 */
export async function runProgram(
  given: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  { stdout, stderr }: Streams,
): Promise<number> {
  const [name = '--help', ...rest] = given;
  const asJson = rest.includes('--json');
  const parameters = rest.filter((parameter) => parameter !== '--json');
  const progress = new ProgressLine(stderr);
  const log = (message: string) => {
    progress.clear();
    stderr.write(`${message}\n`);
  };
  try {
    if (name === '--help' || rest.includes('--help')) {
      stdout.write(await usage(name));
      return 0;
    }
    const command = await load(name);
    const result = await command.run(parameters, { environment, log, progress: (text) => progress.show(text) });
    progress.clear();
    stdout.write(`${asJson ? JSON.stringify(result.json, null, 2) : result.text}\n`);
    return result.failed === true ? 1 : 0;
  } catch (error) {
    const wrongUsage = isUsageError(error);
    const message = wrongUsage ? error.message : failureText(error);
    if (asJson) stdout.write(`${JSON.stringify({ error: message }, null, 2)}\n`);
    else log(wrongUsage ? `${message}\n\n${(await usage(name)).trimEnd()}` : message);
    return wrongUsage ? 2 : 1;
  } finally {
    progress.clear();
  }
}

/** @throws UsageError when there is no such command */
async function load(name: string): Promise<Command> {
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`There is no command ${name}`);
  return command.load();
}

async function usage(of: string): Promise<string> {
  const command = await COMMANDS.get(of)?.load();
  if (command !== undefined)
    return `Usage: npm run cli -- ${command.usage.replaceAll('\n', '\n       npm run cli -- ')}\n`;
  const list = [...COMMANDS].map(([each, { summary }]) => `  ${each.padEnd(14)}${summary}\n`).join('');
  return `Usage: npm run cli -- COMMAND [--json]\n\n${list}\nCOMMAND --help tells more of one.\n`;
}
