import { describe, expect, it } from '@jest/globals';
import { Operations } from './operations.js';
import { StripeOperation } from './stripe-operation.entity.js';

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
