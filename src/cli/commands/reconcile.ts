import { parseArgs } from 'node:util';
import { hasDrift, toText } from '../../reconciliation/drift-report.js';
import { IntentRecovery } from '../../reconciliation/intent-recovery.js';
import { MIRRORS } from '../../reconciliation/mirrors.js';
import { ReconciliationService } from '../../reconciliation/reconciliation.service.js';
import { RepairProgress } from '../../reconciliation/repair-progress.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { withApplication } from '../application.js';
import { type Command } from '../command.js';
import { rateOf } from '../parameters.js';
import { progressBar } from '../progress-line.js';

export const reconcileCommand: Command = {
  usage: `reconcile [--rate 20]        tell what differs; exit code 1 when something does
reconcile --fix [--rate 20]  repair it, open intents too; exit code 1 when something is left`,
  run(parameters, context) {
    const { values } = parseArgs({
      args: parameters,
      options: { rate: { type: 'string', default: '20' }, fix: { type: 'boolean', default: false } },
    });
    const rate = rateOf(values.rate);
    return withApplication(context, async (app) => {
      app.get(StripeClient).limitCalls(rate);
      const intents = values.fix ? await app.get(IntentRecovery).recoverAll() : null;
      const report = await app.get(ReconciliationService).reconcile({
        fix: values.fix,
        onProgress: (table, compared) => {
          const step = MIRRORS.findIndex((mirror) => mirror.table === table);
          context.progress(progressBar(step, MIRRORS.length, table, compared));
        },
      });
      const fixed = report.drift.filter((drift) => drift.fixed).length;
      await app.get(RepairProgress).note('reconcile', { drift: report.drift.length, fixed });
      const text = intents === null ? [] : [`open intents: ${intents.closed} settled, ${intents.failed} left`];
      return {
        text: [...text, toText(report)].join('\n'),
        json: { ...report, ...(intents === null ? {} : { intents }) },
        failed: hasDrift(report) || (intents?.failed ?? 0) > 0,
      };
    });
  },
};
