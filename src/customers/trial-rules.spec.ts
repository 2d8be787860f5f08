import { describe, expect, it } from '@jest/globals';
import { BillingError } from '../common/billing-error.js';
import { beganWithTrial, checkTrialDays, hasUsedTrial } from './trial-rules.js';

function refusal(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof BillingError) return { code: error.code, ...error.extras };
    throw error;
  }
}

describe('checkTrialDays', () => {
  it('lets a caller ask for as many days as are offered, for fewer, or for none', () => {
    expect([checkTrialDays(14, 14), checkTrialDays(1, 14), checkTrialDays(null, 14), checkTrialDays(null, 0)]).toEqual([
      14,
      1,
      null,
      null,
    ]);
  });

  it('refuses more, with the most in the text', () => {
    expect(refusal(() => checkTrialDays(15, 14))).toEqual({
      code: 'validation_failed',
      errors: [{ field: 'trial_days', message: 'trial_days must not be greater than 14' }],
    });
  });

  it('refuses any where trials are turned off', () => {
    expect(refusal(() => checkTrialDays(1, 0))).toMatchObject({
      errors: [{ field: 'trial_days', message: 'trial_days is not offered' }],
    });
  });
});

describe('hasUsedTrial', () => {
  const used = { trialUsedAt: new Date('2026-11-22T10:00:00Z') };

  it('is true once Stripe has shown a trial of the customer', () => {
    expect(hasUsedTrial(used, new Set(['customer', 'card']))).toBe(true);
    expect(hasUsedTrial({ trialUsedAt: null }, new Set(['customer', 'card']))).toBe(false);
  });

  it('is false where only cards are counted', () => {
    expect(hasUsedTrial(used, new Set(['card']))).toBe(false);
  });
});

describe('beganWithTrial', () => {
  const began = (planGroup: string | null, secondsLater: number) =>
    beganWithTrial({ planGroup, trialStart: new Date((1_000 + secondsLater) * 1000), stripeCreated: 1_000 });

  it('is true for a subscription of a plan that begins with free days', () => {
    expect([began('main', 0), began('main', 60)]).toEqual([true, true]);
  });

  it('is false for free days that were given later, and for what is of no plan', () => {
    expect([began('main', 61), began(null, 0)]).toEqual([false, false]);
  });
});
