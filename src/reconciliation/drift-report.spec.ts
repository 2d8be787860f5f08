import { describe, expect, it } from '@jest/globals';
import { Unlinked } from '../sync/comparison.js';
import { type Drift, type DriftReport, hasDrift, isDrift, keyOf, toLog, toText } from './drift-report.js';

const FIELD = { column: 'status', stripe: 'paid', stored: 'open' };

function drift(changes: Partial<Drift> = {}): Drift {
  return { table: 'invoices', stripe_id: 'in_1', kind: 'different', fields: [FIELD], fixed: false, ...changes };
}

const report = (...found: Drift[]): DriftReport => ({ checked: { invoices: 12 }, pending: 0, drift: found });

describe('isDrift', () => {
  it('is any difference, and an object without a row', () => {
    expect(isDrift({ state: 'equal' }, new Set())).toBe(false);
    expect(isDrift({ state: 'different', fields: [FIELD] }, new Set())).toBe(true);
    expect(isDrift({ state: 'missing' }, new Set())).toBe(true);
  });

  it("is none in what belongs to nobody of ours, but is where its owner's row is missing", () => {
    const { waitsFor } = new Unlinked('cus_1');
    expect(isDrift({ state: 'unlinked', waitsFor }, new Set())).toBe(false);
    expect(isDrift({ state: 'unlinked', waitsFor }, new Set(['cus_1']))).toBe(true);
    expect(isDrift({ state: 'unlinked', waitsFor: null }, new Set(['cus_1']))).toBe(false);
  });
});

describe('hasDrift', () => {
  it('is true for what was found and is not repaired, so that the exit code is 1', () => {
    expect([hasDrift(report()), hasDrift(report(drift({ fixed: true }))), hasDrift(report(drift()))]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('the report for a person', () => {
  it('counts table by table and names each object with what differs', () => {
    const missing = drift({ stripe_id: 'in_2', kind: 'missing', fields: [], fixed: true });
    expect(toText(report(drift(), missing)).split('\n')).toEqual([
      'invoices                        12 compared  2 drifted, 1 fixed',
      'drift  invoices in_1: status is "open", at Stripe "paid"',
      'fixed  invoices in_2: has no row',
    ]);
  });

  it('says that there is none, and what still waits in the inbox', () => {
    expect(toText({ ...report(), pending: 3 }).split('\n')).toEqual([
      'invoices                        12 compared  no drift',
      '3 objects have events that wait in the inbox: not counted',
    ]);
  });

  it('counts repairs only where there are some', () => {
    expect(toText(report(drift())).split('\n')[0]).toMatch(/compared {2}1 drifted$/);
  });

  it('says why a row could not be written', () => {
    expect(toText(report(drift({ error: '23514' })))).toContain('(its row was refused: 23514)');
  });
});

describe('the line in the log', () => {
  it('names the columns and nothing of what they hold', () => {
    expect(toLog(drift())).toEqual({
      table: 'invoices',
      stripe_id: 'in_1',
      kind: 'different',
      fixed: false,
      columns: ['status'],
    });
    expect(JSON.stringify(toLog(drift()))).not.toMatch(/paid|open/);
  });
});

describe('keyOf', () => {
  it('is another one for another table or object', () => {
    const keys = [drift(), drift({ stripe_id: 'in_2' }), drift({ table: 'payments' })].map(keyOf);
    expect(new Set(keys).size).toBe(3);
  });
});
