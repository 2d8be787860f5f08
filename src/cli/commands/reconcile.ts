import { hasDrift, toText } from '../../reconciliation/drift-report.js';
import { OperationRecovery } from '../../reconciliation/operation-recovery.js';
import { MIRRORS } from '../../reconciliation/mirrors.js';
import { ReconciliationService } from '../../reconciliation/reconciliation.service.js';
import { RepairProgress } from '../../reconciliation/repair-progress.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { withApplication } from '../application.js';
import { type CommandContext, type CommandResult } from '../command.js';
import { progressBar } from '../progress-line.js';

/** Reports what differs from Stripe for `grace` seconds, or repairs it; with at most `rate` calls to Stripe a second. */
export function reconcileCommand(
  context: CommandContext,
  { fix = false, rate, grace }: { fix?: boolean | undefined; rate: number; grace: number },
): Promise<CommandResult> {
  return withApplication(context, async (app) => {
    app.get(StripeClient).limitCalls(rate);
    const operations = fix ? await app.get(OperationRecovery).recoverAll() : null;
    const report = await app.get(ReconciliationService).reconcile({
      fix,
      graceSeconds: grace,
      onProgress: (table, compared) => {
        const step = MIRRORS.findIndex((mirror) => mirror.table === table);
        context.progress(progressBar(step, MIRRORS.length, table, compared));
      },
    });
    const fixed = report.drift.filter((drift) => drift.fixed).length;
    await app.get(RepairProgress).note('reconcile', { drift: report.drift.length, fixed });
    const text =
      operations === null ? [] : [`open operations: ${operations.closed} settled, ${operations.failed} left`];
    return {
      text: [...text, toText(report)].join('\n'),
      json: { ...report, ...(operations === null ? {} : { intents: operations }) },
      failed: hasDrift(report) || (operations?.failed ?? 0) > 0,
    };
  });
}
