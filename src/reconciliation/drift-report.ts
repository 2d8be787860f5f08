import { type Comparison, type FieldDifference } from '../sync/comparison.js';

/** One object that Stripe and the tables do not agree on. */
export interface Drift {
  table: string;
  stripe_id: string;
  /** missing: the object has no row · different: columns of the row say something else */
  kind: 'missing' | 'different';
  /** Empty for a missing row. */
  fields: FieldDifference[];
  /** True when it was repaired and compared once more. */
  fixed: boolean;
  /** Why its row could not be written, without its content; absent where it could, or was not to be. */
  error?: string;
}

/** What a comparison of all tables with Stripe found. */
export interface DriftReport {
  /** Objects and rows that were compared, by table. */
  checked: Record<string, number>;
  /** Objects whose events still wait in the inbox: no drift, the worker will see to them. */
  pending: number;
  drift: Drift[];
}

/** True when the tables say something else than Stripe after all that was done. */
export function hasDrift({ drift }: DriftReport): boolean {
  return drift.some(({ fixed }) => !fixed);
}

/** The report for a person. */
export function toText({ checked, pending, drift }: DriftReport): string {
  const lines = Object.entries(checked).map(([table, count]) => {
    const found = drift.filter((one) => one.table === table);
    const fixed = found.filter((one) => one.fixed).length;
    const result = found.length === 0 ? 'no drift' : `${found.length} drifted${fixed > 0 ? `, ${fixed} fixed` : ''}`;
    return `${table.padEnd(26)}${String(count).padStart(8)} compared  ${result}`;
  });
  const details = drift.map(({ table, stripe_id: id, kind, fields, fixed, error }) => {
    const what = kind === 'missing' ? 'has no row' : fields.map(toFieldText).join('; ');
    const why = error === undefined ? '' : ` (its row was refused: ${error})`;
    return `${fixed ? 'fixed' : 'drift'}  ${table} ${id}: ${what}${why}`;
  });
  const waiting = pending === 0 ? [] : [`${pending} objects have events that wait in the inbox: not counted`];
  return [...lines, ...waiting, ...details].join('\n');
}

/** Which columns differ, without what they hold: names and addresses belong in no log. */
export function toLog({ fields, ...drift }: Drift): object {
  return { ...drift, columns: fields.map(({ column }) => column) };
}

/**
 * True when a comparison shows drift.
 * @param missing Stripe ids of the objects that should have a row and have none: what belongs to them is missing, too
 */
export function isDrift(comparison: Comparison, missing: ReadonlySet<string>): boolean {
  if (comparison.state === 'unlinked') return comparison.waitsFor !== null && missing.has(comparison.waitsFor);
  return comparison.state !== 'equal';
}

/** What tells one drift from another. */
export function keyOf({ table, stripe_id: id }: Drift): string {
  return `${table} ${id}`;
}

function toFieldText({ column, stripe, stored }: FieldDifference): string {
  return `${column} is ${JSON.stringify(stored)}, at Stripe ${JSON.stringify(stripe)}`;
}
