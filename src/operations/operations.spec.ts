import { describe, expect, it } from '@jest/globals';
import { BillingError } from '../common/billing-error.js';
import { type AppConfig } from '../config/app-config.js';
import { type Heartbeat } from '../database/heartbeat.js';
import { type Transactions } from '../database/transactions.js';
import { Operations } from './operations.js';
import { StripeOperation, subjectOf } from './stripe-operation.entity.js';

const operation = Object.assign(new StripeOperation(), {
  key: 'key-1',
  createdAt: new Date('2026-11-22T10:00:00.900Z'),
});

describe('an operation', () => {
  it('has a key of its own for each call, the same at each repetition', () => {
    expect(Operations.stepKey(operation, 'attach')).toBe('key-1:attach');
    expect(Operations.stepKey(operation, 'subscription')).toBe('key-1:subscription');
  });

  it("is looked for among objects from a minute before it was written down: Stripe's clock may be behind", () => {
    expect(Operations.earliestResult(operation)).toBe(1_795_341_600 - 60);
  });
});

describe('carrying an operation out', () => {
  /** What was written of the operation. */
  function operationsWith(isAway = false): [Operations, string[]] {
    const written: string[] = [];
    const manager = {
      update: (_entity: unknown, _where: unknown, { state = 'released' }: { state?: string }) => {
        if (isAway) return Promise.reject(new Error('PostgreSQL is away'));
        written.push(state);
        return Promise.resolve();
      },
    };
    const transactions = { withoutTransaction: (work: (given: object) => unknown) => work(manager) };
    const operations = new Operations(transactions as unknown as Transactions, {} as Heartbeat, {} as AppConfig);
    return [operations, written];
  }
  const refused = new BillingError('card_declined');
  const unanswered = new BillingError('stripe_unavailable');

  it('returns what the work returns and closes nothing by itself', async () => {
    const [operations, written] = operationsWith();
    expect(await operations.carryOut(operation, () => Promise.resolve('done'))).toBe('done');
    expect(written).toEqual([]);
  });

  it('takes back what was done and fails when Stripe says no, the last step first', async () => {
    const [operations, written] = operationsWith();
    const step = (name: string) => () => Promise.resolve(written.push(name));
    const work = (undo: (step: () => Promise<unknown>) => void) => {
      undo(step('first'));
      undo(step('second'));
      return Promise.reject(refused);
    };
    await expect(operations.carryOut(operation, work)).rejects.toBe(refused);
    expect(written).toEqual(['second', 'first', 'failed']);
  });

  it('takes nothing back without an answer: it stays open', async () => {
    const [operations, written] = operationsWith();
    const work = (undo: (step: () => Promise<unknown>) => void) => {
      undo(() => Promise.resolve(written.push('undone')));
      return Promise.reject(unanswered);
    };
    await expect(operations.carryOut(operation, work)).rejects.toBe(unanswered);
    expect(written).toEqual(['released']);
  });

  it('throws what the work threw, also when the taking back fails: it stays open', async () => {
    const [operations, written] = operationsWith();
    const work = (undo: (step: () => Promise<unknown>) => void) => {
      undo(() => Promise.reject(new Error('Stripe is away')));
      return Promise.reject(refused);
    };
    await expect(operations.carryOut(operation, work)).rejects.toBe(refused);
    expect(written).toEqual(['released']);
  });

  it('throws what the work threw, also while PostgreSQL is away', async () => {
    const [operations] = operationsWith(true);
    for (const error of [refused, unanswered])
      await expect(operations.carryOut(operation, () => Promise.reject(error))).rejects.toBe(error);
  });
});

describe('subjectOf', () => {
  it('is the object that an operation names; without one it was written down wrongly', () => {
    const about = (subjectStripeId: string | null) =>
      subjectOf(Object.assign(new StripeOperation(), { kind: 'invoice.pay', subjectStripeId }));
    expect(about('in_1')).toBe('in_1');
    expect(() => about(null)).toThrow('invoice.pay');
  });
});
