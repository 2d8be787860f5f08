import 'reflect-metadata';
import { readEnvironment } from '../config/environment.js';
import { failureText } from '../failure.js';
import { type Command, type CommandResult, isUsageError, UsageError } from './command.js';
import { ProgressLine } from './progress-line.js';

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

const [name = '--help', ...rest] = process.argv.slice(2);
const asJson = rest.includes('--json');
const progress = new ProgressLine(process.stderr);
try {
  const help = name === '--help' || rest.includes('--help');
  if (help) process.stdout.write(await usage(name));
  else show(await run());
} catch (error) {
  await fail(error);
} finally {
  progress.clear();
}

async function run(): Promise<CommandResult> {
  const command = await COMMANDS.get(name)?.load();
  if (command === undefined) throw new UsageError(`There is no command ${name}`);
  return command.run(
    rest.filter((parameter) => parameter !== '--json'),
    {
      environment: readEnvironment(),
      log: (message) => {
        progress.clear();
        process.stderr.write(`${message}\n`);
      },
      progress: (text) => progress.show(text),
    },
  );
}

function show({ text, json, failed = false }: CommandResult): void {
  progress.clear();
  process.stdout.write(`${asJson ? JSON.stringify(json, null, 2) : text}\n`);
  process.exitCode = failed ? 1 : 0;
}

async function fail(error: unknown): Promise<void> {
  const wrongUsage = isUsageError(error);
  const message = wrongUsage ? error.message : failureText(error);
  if (asJson) process.stdout.write(`${JSON.stringify({ error: message }, null, 2)}\n`);
  else process.stderr.write(wrongUsage ? `${message}\n\n${await usage(name)}` : `${message}\n`);
  process.exitCode = wrongUsage ? 2 : 1;
}

async function usage(of: string): Promise<string> {
  const command = await COMMANDS.get(of)?.load();
  if (command !== undefined)
    return `Usage: npm run cli -- ${command.usage.replaceAll('\n', '\n       npm run cli -- ')}\n`;
  const list = [...COMMANDS].map(([each, { summary }]) => `  ${each.padEnd(14)}${summary}\n`).join('');
  return `Usage: npm run cli -- COMMAND [--json]\n\n${list}\nCOMMAND --help tells more of one.\n`;
}
