import 'reflect-metadata';
import { readEnvironment } from '../config/environment.js';
import { failureText } from '../failure.js';
import { type Command, type CommandResult, isUsageError, UsageError } from './command.js';
import { backfillCommand } from './commands/backfill.js';
import { doctorCommand } from './commands/doctor.js';
import { eventsCommand } from './commands/events.js';
import { migrateCommand } from './commands/migrate.js';
import { reconcileCommand } from './commands/reconcile.js';
import { stripeSetupCommand } from './commands/stripe-setup.js';
import { ProgressLine } from './progress-line.js';

const COMMANDS = new Map<string, Command>([
  ['migrate', migrateCommand],
  ['backfill', backfillCommand],
  ['reconcile', reconcileCommand],
  ['events', eventsCommand],
  ['doctor', doctorCommand],
  ['stripe:setup', stripeSetupCommand],
]);

const [name = '--help', ...rest] = process.argv.slice(2);
const asJson = rest.includes('--json');
const progress = new ProgressLine(process.stderr);
try {
  const help = name === '--help' || rest.includes('--help');
  if (help) process.stdout.write(usage(name));
  else show(await run());
} catch (error) {
  fail(error);
} finally {
  progress.clear();
}

function run(): Promise<CommandResult> {
  const command = COMMANDS.get(name);
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

function fail(error: unknown): void {
  const wrongUsage = isUsageError(error);
  const message = wrongUsage ? error.message : failureText(error);
  if (asJson) process.stdout.write(`${JSON.stringify({ error: message }, null, 2)}\n`);
  else process.stderr.write(wrongUsage ? `${message}\n\n${usage(name)}` : `${message}\n`);
  process.exitCode = wrongUsage ? 2 : 1;
}

function usage(of: string): string {
  const command = COMMANDS.get(of);
  if (command !== undefined)
    return `Usage: npm run cli -- ${command.usage.replaceAll('\n', '\n       npm run cli -- ')}\n`;
  const list = [...COMMANDS].map(([each, { summary }]) => `  ${each.padEnd(14)}${summary}\n`).join('');
  return `Usage: npm run cli -- COMMAND [--json]\n\n${list}\nCOMMAND --help tells more of one.\n`;
}
