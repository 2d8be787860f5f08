import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { toPaymentColumns } from './payment.mapper.js';
import { toRefundColumns, toRefundStatus } from './refund.mapper.js';

const LINK = { customerId: 7, stripeInvoiceId: 'in_1', disputeStatus: null };

function intent(changes: object = {}): Stripe.PaymentIntent {
  return {
    id: 'pi_1',
    object: 'payment_intent',
    amount: 7900,
    currency: 'usd',
    status: 'succeeded',
    latest_charge: {
      id: 'ch_1',
      object: 'charge',
      amount: 7900,
      amount_captured: 7900,
      amount_refunded: 0,
      receipt_url: 'https://receipt.example/1',
    },
    last_payment_error: null,
    payment_method: 'pm_1',
    description: 'Subscription creation',
    metadata: {},
    ...changes,
  } as unknown as Stripe.PaymentIntent;
}

describe('payment mapper', () => {
  it('keeps intent and charge', () => {
    expect(toPaymentColumns(intent(), LINK)).toEqual({
      customerId: 7,
      stripeInvoiceId: 'in_1',
      disputeStatus: null,
      stripePaymentIntentId: 'pi_1',
      stripeChargeId: 'ch_1',
      amount: '79.000',
      amountRefunded: '0.000',
      currency: 'usd',
      status: 'succeeded',
      stripePaymentMethodId: 'pm_1',
      description: 'Subscription creation',
      failureCode: null,
      errorCode: null,
      declineCode: null,
      failureMessage: null,
      receiptUrl: 'https://receipt.example/1',
      metadata: {},
    });
  });

  it.each([
    ['jpy', 3000, 1000, '3000.000', '1000.000'],
    ['bhd', 1250, 5, '1.250', '0.005'],
  ])('counts %s in its own minor units', (currency, amount, refunded, column, refundedColumn) => {
    const charge = { id: 'ch_1', amount_captured: amount, amount_refunded: refunded };
    expect(toPaymentColumns(intent({ currency, amount, latest_charge: charge }), LINK)).toMatchObject({
      amount: column,
      amountRefunded: refundedColumn,
      status: 'partially_refunded',
    });
  });

  it('says why the last attempt failed, by the decline code where there is one', () => {
    const declined = {
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
      payment_method: { id: 'pm_2' },
    };
    const failed = { status: 'requires_payment_method', latest_charge: null, payment_method: null };
    expect(toPaymentColumns(intent({ ...failed, last_payment_error: declined }), LINK)).toMatchObject({
      status: 'failed',
      failureCode: 'insufficient_funds',
      failureMessage: 'Your card has insufficient funds.',
      stripePaymentMethodId: 'pm_2',
      stripeChargeId: null,
    });
    const expired = { code: 'expired_card', message: 'Your card has expired.' };
    expect(toPaymentColumns(intent({ ...failed, last_payment_error: expired }), LINK)).toMatchObject({
      failureCode: 'expired_card',
      stripePaymentMethodId: null,
    });
  });

  it('takes what was captured for the whole of a refund', () => {
    const charge = { id: 'ch_1', amount_captured: 5000, amount_refunded: 5000 };
    expect(toPaymentColumns(intent({ latest_charge: charge }), LINK)).toMatchObject({ status: 'refunded' });
  });
});

describe('refund mapper', () => {
  it.each([
    ['pending', 'pending'],
    ['requires_action', 'requires_action'],
    ['succeeded', 'succeeded'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
    [null, 'pending'],
    ['a_status_of_next_year', 'pending'],
  ])('takes the status %s for %s', (stripeStatus, status) => {
    expect(toRefundStatus(stripeStatus)).toBe(status);
  });

  it('keeps a refund with its reason of failure', () => {
    const refund = {
      id: 're_1',
      object: 'refund',
      amount: 1250,
      currency: 'bhd',
      status: 'failed',
      reason: 'requested_by_customer',
      failure_reason: 'expired_or_canceled_card',
      receipt_number: null,
      metadata: null,
    } as unknown as Stripe.Refund;
    expect(toRefundColumns(refund, 3)).toEqual({
      paymentId: 3,
      stripeRefundId: 're_1',
      amount: '1.250',
      currency: 'bhd',
      status: 'failed',
      reason: 'requested_by_customer',
      failureReason: 'expired_or_canceled_card',
      receiptNumber: null,
      metadata: {},
    });
  });
});
