import { type BackfillReport } from '../reconciliation/backfill.service.js';

/** What a backfill took in, for people. */
export function backfillText({ handled, ignored, failed }: BackfillReport): string {
  const lines = Object.entries(handled).map(([table, count]) => `${table.padEnd(26)}${String(count).padStart(8)}`);
  const others = ignored === 0 ? [] : [`${ignored} objects belong to nobody of ours and were left out`];
  const errors = failed.map(({ table, stripe_id: id, error }) => `failed  ${table} ${id}: ${error}`);
  return [...lines, ...others, ...errors].join('\n');
}
