import { writeFile } from 'node:fs/promises';
import { builtInCatalogue } from '../../catalogue/built-in-catalogue.js';
import { type Catalogue } from '../../catalogue/catalogue.js';
import { changesFor, describeChange, gapsOf } from '../../catalogue/catalogue-changes.js';
import { readCatalogue } from '../../catalogue/catalogue-file.js';
import { CatalogueGateway } from '../../catalogue/catalogue.gateway.js';
import { catalogueFrom } from '../../catalogue/catalogue-pull.mapper.js';
import { pushCatalogue } from '../../catalogue/catalogue-push.js';
import { AppConfig, catalogueFileOf } from '../../config/app-config.js';
import { prepareEmbeddedEnvironment } from '../../local-stack/embedded-environment.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../webhooks/event-routes.js';
import { type CommandContext, type CommandResult, UsageError } from '../command.js';
import { accountOf } from './stripe-account.js';

interface Options {
  live?: boolean | undefined;
}

/** Makes the products and prices of the catalogue in the Stripe account, or shows what it would make. */
export function pushCommand(
  context: CommandContext,
  { dryRun = false, live }: Options & { dryRun?: boolean | undefined },
): Promise<CommandResult> {
  const catalogue = catalogueIn(context.environment);
  return withAccount(context, live, async (gateway) => {
    const account = await gateway.read(catalogue, { features: true });
    const gaps = gapsOf(catalogue, account);
    const changes = dryRun ? changesFor(catalogue, account) : await pushCatalogue(gateway, catalogue);
    const lines = changes.map((change) => `${dryRun ? 'would ' : ''}${describeChange(change)}`);
    return {
      text: [
        ...(lines.length === 0 ? ['The account has all that the catalogue says.'] : lines),
        ...gaps.map(({ origin, problem }) => `! ${origin}: ${problem}`),
      ].join('\n'),
      json: { dry_run: dryRun, changes: lines, gaps },
      failed: gaps.length > 0,
    };
  });
}

/** Writes a catalogue file from what the account sells. */
export function pullCommand(
  context: CommandContext,
  { out, live }: Options & { out?: string | undefined },
): Promise<CommandResult> {
  return withAccount(context, live, async (gateway) => {
    const { content, left } = catalogueFrom(await gateway.readAll());
    const text = `${JSON.stringify(content, null, 2)}\n`;
    if (out !== undefined) await writeNew(out, text);
    const notes = left.map((one) => `# ${'price' in one ? one.price : one.feature} is left out: ${one.reason}`);
    return {
      text: out === undefined ? text.trimEnd() : [`${out} is written.`, ...notes].join('\n'),
      json: { catalogue: content, left_out: left },
    };
  });
}

function catalogueIn(environment: CommandContext['environment']): Catalogue {
  const file = catalogueFileOf(environment);
  return file === null ? builtInCatalogue() : readCatalogue(file);
}

async function withAccount(
  { environment, log }: CommandContext,
  live: boolean | undefined,
  work: (gateway: CatalogueGateway) => Promise<CommandResult>,
): Promise<CommandResult> {
  const embedded = await prepareEmbeddedEnvironment(environment, { log, webhookEvents: SUBSCRIBED_EVENT_TYPES });
  try {
    const stripe = accountOf(AppConfig.checkGiven(embedded.environment), live === true);
    return await work(new CatalogueGateway(stripe));
  } finally {
    await embedded.stop();
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch {
    throw new UsageError(`${file} is there already, or cannot be written`);
  }
}
