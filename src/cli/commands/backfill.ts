import { type BackfillReport, BackfillService } from '../../reconciliation/backfill.service.js';
import { MIRRORS } from '../../reconciliation/mirrors.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { withApplication } from '../application.js';
import { type CommandContext, type CommandResult } from '../command.js';
import { progressBar } from '../progress-line.js';

/** Resumes where an interrupted run stopped, or begins; with at most `rate` calls to Stripe a second. */
export function backfillCommand(
  context: CommandContext,
  { rate, restart = false }: { rate: number; restart?: boolean | undefined },
): Promise<CommandResult> {
  return withApplication(context, async (app) => {
    app.get(StripeClient).limitCalls(rate);
    const report = await app.get(BackfillService).run({
      restart,
      onProgress: (table, handled) => context.progress(bar(table, handled)),
    });
    return { text: toText(report), json: report, failed: report.failed.length > 0 };
  });
}

function bar(table: string, handled: number): string {
  const step = MIRRORS.findIndex((mirror) => mirror.table === table);
  return progressBar(step, MIRRORS.length, table, handled);
}

function toText({ handled, ignored, failed }: BackfillReport): string {
  const lines = Object.entries(handled).map(([table, count]) => `${table.padEnd(26)}${String(count).padStart(8)}`);
  const others = ignored === 0 ? [] : [`${ignored} objects belong to nobody of ours and were left out`];
  const errors = failed.map(({ table, stripe_id: id, error }) => `failed  ${table} ${id}: ${error}`);
  return [...lines, ...others, ...errors].join('\n');
}
