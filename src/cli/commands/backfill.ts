import { type BackfillReport, BackfillService } from '../../reconciliation/backfill.service.js';
import { MIRRORS } from '../../reconciliation/mirrors.js';
import { PayerMetadataWriter, type WrittenMetadata } from '../../reconciliation/payer-metadata-writer.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { withApplication } from '../application.js';
import { backfillText } from '../backfill-report.js';
import { type CommandContext, type CommandResult } from '../command.js';
import { progressBar } from '../progress-line.js';

/**
 * Resumes where an interrupted run stopped, or begins; with at most `rate` calls to Stripe a second. The only one of its
 * calls that writes at Stripe is the one of `writeMetadata`.
 */
export function backfillCommand(
  context: CommandContext,
  {
    rate,
    restart = false,
    writeMetadata = false,
  }: { rate: number; restart?: boolean | undefined; writeMetadata?: boolean | undefined },
): Promise<CommandResult> {
  return withApplication(context, async (app) => {
    app.get(StripeClient).limitCalls(rate);
    const report = await app.get(BackfillService).run({
      restart,
      onProgress: (table, handled) => context.progress(bar(table, handled)),
    });
    const tell = (count: number) => context.progress(`metadata of ${count} customers`);
    const metadata = writeMetadata ? await app.get(PayerMetadataWriter).run(tell) : undefined;
    return {
      text: toText(report, metadata),
      json: metadata === undefined ? report : { ...report, metadata },
      failed: report.failed.length > 0 || (metadata?.failed.length ?? 0) > 0,
    };
  });
}

function bar(table: string, handled: number): string {
  const step = MIRRORS.findIndex((mirror) => mirror.table === table);
  return progressBar(step, MIRRORS.length, table, handled);
}

function toText(report: BackfillReport, metadata?: WrittenMetadata): string {
  const written = metadata === undefined ? [] : [`metadata of ${metadata.written} customers written`];
  const refused = metadata?.failed.map(({ stripe_id: id, error }) => `failed  metadata of ${id}: ${error}`) ?? [];
  return [backfillText(report), ...written, ...refused].join('\n');
}
