import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { balanceUsed, refundOf } from './invoice-refund.mapper.js';

function payment(changes: object, amountPaid: number | null = 2_900): Stripe.InvoicePayment {
  return {
    amount_paid: amountPaid,
    payment: { type: 'payment_intent', ...changes },
  } as unknown as Stripe.InvoicePayment;
}

describe('refundOf', () => {
  it('refunds all that is left of a payment intent that paid nothing else', () => {
    const intent = { id: 'pi_1', object: 'payment_intent', amount_received: 2_900 };
    expect(refundOf(payment({ payment_intent: intent }))).toEqual({ payment_intent: 'pi_1' });
    expect(refundOf(payment({ payment_intent: 'pi_1' }))).toEqual({ payment_intent: 'pi_1' });
  });

  it('refunds its part of a payment intent that paid other invoices, too', () => {
    const intent = { id: 'pi_1', object: 'payment_intent', amount_received: 10_000 };
    expect(refundOf(payment({ payment_intent: intent }))).toEqual({ payment_intent: 'pi_1', amount: 2_900 });
  });

  it('refunds a charge that has no payment intent, and cannot refund what came past Stripe', () => {
    expect(refundOf(payment({ type: 'charge', charge: 'ch_1' }))).toEqual({ charge: 'ch_1' });
    expect(refundOf(payment({ type: 'payment_record', payment_record: 'pr_1' }))).toBeNull();
  });
});

describe('balanceUsed', () => {
  it.each([
    [-5_000, 0, 5_000],
    [-5_000, -2_100, 2_900],
    [300, 0, -300],
    [0, 0, 0],
    [-5_000, null, 0],
  ])('from %j to %j is %j', (before, after, used) => {
    expect(balanceUsed({ starting_balance: before, ending_balance: after })).toBe(used);
  });
});
