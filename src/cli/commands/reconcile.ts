import { parseArgs } from 'node:util';
import { hasDrift, toText } from '../../reconciliation/drift-report.js';
import { OperationRecovery } from '../../reconciliation/operation-recovery.js';
import { MIRRORS } from '../../reconciliation/mirrors.js';
import { ReconciliationService } from '../../reconciliation/reconciliation.service.js';
import { RepairProgress } from '../../reconciliation/repair-progress.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { withApplication } from '../application.js';
import { type Command } from '../command.js';
import { countOf, rateOf } from '../parameters.js';
import { progressBar } from '../progress-line.js';

const LONGEST_GRACE_SECONDS = 3_600;

export const reconcileCommand: Command = {
  usage: `reconcile [--rate 20] [--grace 5]        tell what differs for so many seconds; exit code 1 when something does
reconcile --fix [--rate 20] [--grace 5]  repair it, open operations too; exit code 1 when something is left`,
  run(parameters, context) {
    const { values } = parseArgs({
      args: parameters,
      options: {
        rate: { type: 'string', default: '20' },
        grace: { type: 'string', default: '5' },
        fix: { type: 'boolean', default: false },
      },
    });
    const rate = rateOf(values.rate);
    const graceSeconds = countOf('grace', values.grace, LONGEST_GRACE_SECONDS);
    return withApplication(context, async (app) => {
      app.get(StripeClient).limitCalls(rate);
      const operations = values.fix ? await app.get(OperationRecovery).recoverAll() : null;
      const report = await app.get(ReconciliationService).reconcile({
        fix: values.fix,
        graceSeconds,
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
  },
};
