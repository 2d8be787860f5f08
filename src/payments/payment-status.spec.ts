import { describe, expect, it } from '@jest/globals';
import { paymentStatusOf } from './payment-status.js';

const NOTHING_REFUNDED = { lastAttemptFailed: false, amountCharged: 7900, amountRefunded: 0 };

describe('payment status', () => {
  it.each([
    ['succeeded', 'succeeded'],
    ['processing', 'processing'],
    ['canceled', 'canceled'],
    ['requires_payment_method', 'pending'],
    ['requires_confirmation', 'pending'],
    ['requires_action', 'pending'],
    ['requires_capture', 'pending'],
    ['a_status_of_next_year', 'pending'],
  ])('is, for a payment intent that is %s, %s', (intentStatus, status) => {
    expect(paymentStatusOf({ ...NOTHING_REFUNDED, intentStatus })).toBe(status);
  });

  it('is failed while the last attempt failed and no payment succeeded', () => {
    const failed = { ...NOTHING_REFUNDED, lastAttemptFailed: true };
    expect(paymentStatusOf({ ...failed, intentStatus: 'requires_payment_method' })).toBe('failed');
    expect(paymentStatusOf({ ...failed, intentStatus: 'succeeded' })).toBe('succeeded');
    expect(paymentStatusOf({ ...failed, intentStatus: 'canceled' })).toBe('canceled');
  });

  it.each([
    [1, 'partially_refunded'],
    [7899, 'partially_refunded'],
    [7900, 'refunded'],
  ])('is, with %d of 7900 refunded, %s', (amountRefunded, status) => {
    expect(paymentStatusOf({ ...NOTHING_REFUNDED, intentStatus: 'succeeded', amountRefunded })).toBe(status);
  });
});
