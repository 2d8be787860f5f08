import { readFileSync, writeFileSync } from 'node:fs';
import { AccountImport, IMPORT_STEPS, type ImportResult } from '../../reconciliation/import/account-import.js';
import { ImportMapError, parseImportMap } from '../../reconciliation/import/import-map.js';
import { type ImportRules, READING_STEPS } from '../../reconciliation/import/import-reader.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { withApplication } from '../application.js';
import { backfillText } from '../backfill-report.js';
import { type CommandContext, type CommandResult, UsageError } from '../command.js';
import { toFile, toText, totalsOf } from '../import-report.js';
import { progressBar } from '../progress-line.js';

interface ImportOptions {
  map?: string | undefined;
  metadataKey?: string | undefined;
  emailVerified?: boolean | undefined;
  apply?: boolean | undefined;
  report?: string | undefined;
  rate: number;
}

/**
 * Says of every customer of the account whose it is; with `apply` links those that are somebody's and takes in all they have.
 * Exit code 1 when a customer could not be linked or something of it not be taken in.
 */
export function importCommand(context: CommandContext, options: ImportOptions): Promise<CommandResult> {
  const rules = rulesOf(options);
  // What cannot be written is to be known before the work.
  if (options.report !== undefined) writeFileSync(options.report, '');
  return withApplication(context, async (app) => {
    app.get(StripeClient).limitCalls(options.rate);
    const service = app.get(AccountImport);
    const steps = IMPORT_STEPS.slice(0, options.apply === true ? undefined : READING_STEPS.length);
    const show = (step: string, done: number) =>
      context.progress(progressBar(steps.indexOf(step), steps.length, step, done));
    const result = await (options.apply === true ? service.apply(rules, show) : service.propose(rules, show));
    if (options.report !== undefined) writeFileSync(options.report, toFile(result.lines, options.report));
    return resultOf(result, options.apply === true);
  });
}

function rulesOf({ map, metadataKey, emailVerified = false }: ImportOptions): ImportRules {
  if (map === undefined && metadataKey === undefined && !emailVerified)
    throw new UsageError('Say how a customer’s payer is found: --map, --metadata-key or --email-verified');
  try {
    const known = map === undefined ? new Map() : parseImportMap(readFileSync(map, 'utf8'));
    return { map: known, metadataKey: metadataKey ?? null, byEmail: emailVerified };
  } catch (error) {
    if (error instanceof ImportMapError) throw new UsageError(`--map ${map}: ${error.message}`);
    throw error;
  }
}

function resultOf({ lines, takenIn }: ImportResult, applied: boolean): CommandResult {
  const totals = totalsOf(lines);
  const taken = takenIn === null ? [] : ['', 'Taken in:', backfillText(takenIn)];
  const hint = applied ? [] : ['', 'Nothing was written. --apply does it.'];
  return {
    text: [toText(lines), ...taken, ...hint].join('\n'),
    json: { applied, ...totals, taken_in: takenIn, lines },
    failed: totals.verdicts.refused !== undefined || (takenIn?.failed.length ?? 0) > 0,
  };
}
