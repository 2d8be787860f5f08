import { type CommandContext } from './command.js';
import { CommandLine, type Streams } from './command-line.js';
import { addressOf, countUpTo, notBlank, rateOf, shortText } from './parameters.js';

const LONGEST_GRACE_SECONDS = 3_600;
const LARGEST_PAGE = 100;
const MAX_ID = 2_147_483_647;
const LONGEST_DAYS = 3_650;
const LONGEST_OVERLAP_HOURS = 24 * 365;
const RATE = ['--rate <calls>', 'calls to Stripe a second', rateOf, 20] as const;

/**
 * Runs one command and returns the exit code, of EXIT_CODES.
 *
 * @param given the command's name and its parameters
 * @param environment the variables as they were given
 */
export function runProgram(
  given: readonly string[],
  environment: CommandContext['environment'],
  streams: Streams,
): Promise<number> {
  const line = new CommandLine(given.length === 0 ? ['--help'] : given, environment, streams);
  line.program
    .name('npm run cli --')
    .description('Exit code: 0 done · 1 failed, or something was found wrong · 2 not understood');
  addCommands(line);
  addEventCommands(line);
  addInstanceCommands(line);
  addCatalogueCommands(line);
  addKeyCommands(line);
  addWebhookCommands(line);
  return line.execute();
}

/** What a command needs is loaded only when it is called. */
function addCommands(line: CommandLine): void {
  line.program
    .command('migrate')
    .description('apply the database migrations that are missing')
    .option('--down', 'take the newest one back instead, with the data of its tables')
    .action((options) =>
      line.run(async (context) => (await import('./commands/migrate.js')).migrateCommand(context, options)),
    );
  line.program
    .command('backfill')
    .description('take in everything that the Stripe account holds, from where an interrupted run stopped')
    .option(...RATE)
    .option('--restart', 'begin anew')
    .option('--write-metadata', 'also write at Stripe whose each customer is, where that is missing')
    .action((options) =>
      line.run(async (context) => (await import('./commands/backfill.js')).backfillCommand(context, options)),
    );
  line.program
    .command('import')
    .description('say whose each customer of an existing account is, and with --apply take them in; docs/import.md')
    .option('--map <file>', 'CSV or JSON lines: stripe_customer_id, subject, organization', notBlank)
    .option(
      '--metadata-key <key>',
      "key of the customers' metadata that has the subject, for example user_id",
      notBlank,
    )
    .option('--email-verified', 'also by the e-mail, where the token of a user said email_verified: true')
    .option('--apply', 'link them and take in all that they have; without it nothing is written')
    .option('--report <file>', 'write a line for every customer there: .csv, else JSON lines', notBlank)
    .option(...RATE)
    .action((options) =>
      line.run(async (context) => (await import('./commands/import.js')).importCommand(context, options)),
    );
  line.program
    .command('reconcile')
    .description('compare every table with Stripe, field by field; exit code 1 when something differs')
    .option('--fix', 'repair it, open operations too; exit code 1 when something is left')
    .option(...RATE)
    .option('--grace <seconds>', 'tell what differs for so long', countUpTo(LONGEST_GRACE_SECONDS), 5)
    .action((options) =>
      line.run(async (context) => (await import('./commands/reconcile.js')).reconcileCommand(context, options)),
    );
  line.program
    .command('doctor')
    .description(
      'check configuration, database and Stripe account, and say what to do; exit code 1 when something must be done',
    )
    .action(() => line.run(async (context) => (await import('./commands/doctor.js')).doctorCommand(context)));
  line.program
    .command('stripe:setup')
    .description('make products, prices and the webhook endpoint in the Stripe account; may be repeated')
    .option('--url <address>', 'public address of POST /api/v1/billing/webhook, for the endpoint', addressOf)
    .option('--live', 'do it with a live key, too')
    .action((options) =>
      line.run(async (context) => (await import('./commands/stripe-setup.js')).stripeSetupCommand(context, options)),
    );
}

function addCatalogueCommands(line: CommandLine): void {
  const catalogue = line.program.command('catalogue').description('what is sold: the catalogue file and the account');
  catalogue
    .command('push')
    .description('make the products and prices of the catalogue that the Stripe account lacks; may be repeated')
    .option('--dry-run', 'only show what would be made')
    .option('--live', 'do it with a live key, too')
    .action((options) =>
      line.run(async (context) => (await import('./commands/catalogue.js')).pushCommand(context, options)),
    );
  catalogue
    .command('pull')
    .description('print a catalogue file of what the Stripe account sells')
    .option('--out <file>', 'write it there instead; a file that is there is not touched')
    .option('--live', 'do it with a live key, too')
    .action((options) =>
      line.run(async (context) => (await import('./commands/catalogue.js')).pullCommand(context, options)),
    );
}

function addKeyCommands(line: CommandLine): void {
  const keys = line.program.command('keys').description("service keys: how the host's own backend calls the API");
  keys
    .command('create')
    .description('make one and show it, this once')
    .requiredOption('--name <name>', 'for people', shortText)
    .requiredOption(
      '--scope <scope>',
      'read: what a payer has · act: also changes · admin: also what administrators do',
    )
    .option('--days <days>', 'how long it is valid; default: until it is revoked', countUpTo(LONGEST_DAYS))
    .action((options) => line.run(async (context) => (await import('./commands/keys.js')).createKey(context, options)));
  keys
    .command('list')
    .description('the newest first, without the keys themselves')
    .action(() => line.run(async (context) => (await import('./commands/keys.js')).listKeys(context)));
  keys
    .command('rotate')
    .description('make one that takes the place of another, which ends after the overlap')
    .argument('<id>', 'of the other one', countUpTo(MAX_ID))
    .option('--overlap <hours>', 'how long both are valid', countUpTo(LONGEST_OVERLAP_HOURS), 24)
    .action((id, { overlap }) =>
      line.run(async (context) => (await import('./commands/keys.js')).rotateKey(context, id, overlap)),
    );
  keys
    .command('revoke')
    .description('make one invalid at once, for good')
    .argument('<id>', 'of the key', countUpTo(MAX_ID))
    .action((id) => line.run(async (context) => (await import('./commands/keys.js')).revokeKey(context, id)));
}

function addWebhookCommands(line: CommandLine): void {
  const webhooks = line.program.command('webhooks').description("where outgoing events go: the host's own programs");
  webhooks
    .command('add')
    .description('have events delivered to an address, and show its secret, this once')
    .requiredOption('--url <address>', 'https; with a test key also a program on the same machine', addressOf)
    .option('--types <types>', 'only these, comma-separated, for example invoice.paid; default: all')
    .action((options) =>
      line.run(async (context) => (await import('./commands/webhooks.js')).addWebhook(context, options)),
    );
  webhooks
    .command('list')
    .description('every endpoint, and what waits for it')
    .action(() => line.run(async (context) => (await import('./commands/webhooks.js')).listWebhooks(context)));
  for (const enabled of [true, false])
    webhooks
      .command(enabled ? 'enable' : 'disable')
      .description(
        enabled
          ? 'deliver to one again; what happened meanwhile by replay'
          : 'deliver to one no more, until it is enabled',
      )
      .argument('<id>', 'of the endpoint', countUpTo(MAX_ID))
      .action((id) =>
        line.run(async (context) => (await import('./commands/webhooks.js')).enableWebhook(context, id, enabled)),
      );
  webhooks
    .command('remove')
    .description('remove one with what waits for it')
    .argument('<id>', 'of the endpoint', countUpTo(MAX_ID))
    .action((id) => line.run(async (context) => (await import('./commands/webhooks.js')).removeWebhook(context, id)));
  webhooks
    .command('replay')
    .description('deliver again what was given up, or all that is after an event')
    .argument('<id>', 'of the endpoint', countUpTo(MAX_ID))
    .option('--after <id>', 'of the event; 0: from the oldest that is kept')
    .action((id, { after }) =>
      line.run(async (context) => (await import('./commands/webhooks.js')).replayWebhook(context, id, after)),
    );
}

function addInstanceCommands(line: CommandLine): void {
  const instance = line.program
    .command('instance')
    .description('the id by which this database knows its own customers at Stripe');
  instance
    .command('show')
    .description('print the id')
    .action(() => line.run(async (context) => (await import('./commands/instance.js')).showInstance(context)));
  instance
    .command('adopt')
    .description('take over the id of a lost database, while there is no customer yet; then run backfill')
    .argument('<id>', 'of that database: billing_instance in the metadata of its customers')
    .action((id) => line.run(async (context) => (await import('./commands/instance.js')).adoptInstance(context, id)));
}

function addEventCommands(line: CommandLine): void {
  const events = line.program.command('events').description('see, replay and remove the events of the inbox');
  events
    .command('list')
    .description('the newest first')
    .option('--state <state>', 'only those in this state, for example failed')
    .option('--type <type>', 'only those of this type, for example invoice.paid')
    .option('--limit <count>', `up to ${LARGEST_PAGE}`, countUpTo(LARGEST_PAGE), 20)
    .option('--after <id>', 'those that come after this event')
    .action((options) =>
      line.run(async (context) => (await import('./commands/events.js')).listEvents(context, options)),
    );
  events
    .command('show')
    .description('one event with its content and its last error')
    .argument('<id>', 'of the event: evt_…')
    .action((id) => line.run(async (context) => (await import('./commands/events.js')).showEvent(context, id)));
  events
    .command('replay')
    .description('handle one event again, or all that failed')
    .argument('[id]', 'of the event: evt_…')
    .option('--failed', 'every failed event')
    .action((id, { failed }) =>
      line.run(async (context) => (await import('./commands/events.js')).replayEvents(context, id, failed === true)),
    );
  events
    .command('drop')
    .description('remove one event for good, with its content, whatever its state')
    .argument('<id>', 'of the event: evt_…')
    .action((id) => line.run(async (context) => (await import('./commands/events.js')).dropEvent(context, id)));
}
