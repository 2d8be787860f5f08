import { describe, expect, it } from '@jest/globals';
import { DEFAULT_DUNNING, isHardDecline, nextPaymentAttempt } from './dunning.js';

const day = 86_400;

describe('retries of a failed renewal', () => {
  it.each([
    [1, 3 * day],
    [2, 5 * day],
    [3, 7 * day],
    [4, null],
  ])('after attempt %d come %p seconds later', (attemptCount, expected) => {
    expect(nextPaymentAttempt(attemptCount, 0, DEFAULT_DUNNING)).toBe(expected);
  });

  it('do not come at all when none are configured', () => {
    expect(nextPaymentAttempt(1, 0, { retry_after_days: [], final_action: 'unpaid' })).toBeNull();
  });

  it('never charge the same card again after a hard decline', () => {
    expect(isHardDecline('stolen_card')).toBe(true);
    expect(isHardDecline('insufficient_funds')).toBe(false);
    expect(isHardDecline(null)).toBe(false);
  });
});
