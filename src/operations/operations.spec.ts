import { describe, expect, it } from '@jest/globals';
import { Clock } from '../common/clock.js';
import { type AppConfig } from '../config/app-config.js';
import { type Transactions } from '../database/transactions.js';
import { Operations } from './operations.js';
import { StripeOperation } from './stripe-operation.entity.js';

const NOW = new Date('2026-11-22T10:00:00.900Z');

class FixedClock extends Clock {
  override now(): Date {
    return NOW;
  }
}

const operations = new Operations({} as Transactions, new FixedClock(), {} as AppConfig);
const madeBefore = (seconds: number) =>
  Object.assign(new StripeOperation(), { key: 'key-1', createdAt: new Date(NOW.getTime() - seconds * 1000) });

describe('an operation', () => {
  it('is repeated only as long as Stripe surely knows its idempotency keys, which it keeps for 24 hours', () => {
    expect(operations.isRepeatable(madeBefore(20 * 3600 - 1))).toBe(true);
    expect(operations.isRepeatable(madeBefore(20 * 3600))).toBe(false);
  });

  it('has a key of its own for each call, the same at each repetition', () => {
    expect(Operations.stepKey(madeBefore(0), 'attach')).toBe('key-1:attach');
    expect(Operations.stepKey(madeBefore(0), 'subscription')).toBe('key-1:subscription');
  });

  it("is looked for among objects from a minute before it was written down: Stripe's clock may be behind", () => {
    expect(Operations.earliestResult(madeBefore(0))).toBe(1_795_341_600 - 60);
  });
});
