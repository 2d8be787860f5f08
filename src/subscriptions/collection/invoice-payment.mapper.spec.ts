import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { paymentIntentOf, toPaymentState } from './invoice-payment.mapper.js';

function invoice(changes: object = {}): Stripe.Invoice {
  return {
    id: 'in_1',
    object: 'invoice',
    status: 'open',
    hosted_invoice_url: 'https://invoice.example/1',
    confirmation_secret: { client_secret: 'pi_1_secret_2', type: 'payment_intent' },
    ...changes,
  } as unknown as Stripe.Invoice;
}

const intent = (changes: object) => ({ id: 'pi_1', ...changes }) as unknown as Stripe.PaymentIntent;
const DECLINED = {
  code: 'card_declined',
  decline_code: 'insufficient_funds',
  message: 'Your card has insufficient funds.',
  type: 'card_error',
};

describe('how the payment of an invoice stands', () => {
  it('hands out the secret and the page of an open invoice', () => {
    expect(toPaymentState(invoice(), intent({ status: 'requires_action', last_payment_error: null }))).toEqual({
      clientSecret: 'pi_1_secret_2',
      paymentUrl: 'https://invoice.example/1',
      isVoid: false,
      decline: null,
    });
  });

  it.each(['paid', 'void', 'uncollectible', 'draft'])('hands out neither when it is %s', (status) => {
    expect(toPaymentState(invoice({ status }), null)).toEqual({
      clientSecret: null,
      paymentUrl: null,
      isVoid: status === 'void',
      decline: null,
    });
  });

  it('has neither where Stripe sends none, as before the invoice is finalized', () => {
    const bare = invoice({ confirmation_secret: undefined, hosted_invoice_url: undefined });
    expect(toPaymentState(bare, null)).toMatchObject({ clientSecret: null, paymentUrl: null });
  });

  it('is declined when the last attempt failed and Stripe waits for another card', () => {
    const failed = intent({ status: 'requires_payment_method', last_payment_error: DECLINED });
    expect(toPaymentState(invoice(), failed).decline).toEqual({
      code: 'card_declined',
      declineCode: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
    });
  });

  it('leaves out what Stripe does not say of a decline', () => {
    const failed = intent({ status: 'requires_payment_method', last_payment_error: { code: 'expired_card' } });
    expect(toPaymentState(invoice(), failed).decline).toStrictEqual({ code: 'expired_card' });
    const silent = intent({ status: 'requires_payment_method', last_payment_error: { type: 'card_error' } });
    expect(toPaymentState(invoice(), silent).decline).toStrictEqual({});
  });

  it.each([
    ['waits for 3-D Secure after an earlier decline', { status: 'requires_action', last_payment_error: DECLINED }],
    ['succeeded after an earlier decline', { status: 'succeeded', last_payment_error: DECLINED }],
    ['waits for its first card', { status: 'requires_payment_method', last_payment_error: null }],
  ])('is not declined when it %s', (_name, changes) => {
    expect(toPaymentState(invoice(), intent(changes)).decline).toBeNull();
  });
});

describe('paymentIntentOf', () => {
  const payment = (id: string, isDefault: boolean) =>
    ({
      id: `inpay_${id}`,
      is_default: isDefault,
      payment: { type: 'payment_intent', payment_intent: { id } },
    }) as unknown as Stripe.InvoicePayment;

  it("takes Stripe's default payment before a newer one", () => {
    expect(paymentIntentOf([payment('pi_2', false), payment('pi_1', true)])?.id).toBe('pi_1');
  });

  it('takes the newest where none is the default', () => {
    expect(paymentIntentOf([payment('pi_2', false), payment('pi_1', false)])?.id).toBe('pi_2');
  });

  it('passes over payments without a payment intent, as those made outside of Stripe', () => {
    const outside = {
      id: 'inpay_0',
      is_default: true,
      payment: { type: 'payment_record', payment_record: 'pr_1' },
    } as unknown as Stripe.InvoicePayment;
    expect(paymentIntentOf([outside, payment('pi_1', false)])?.id).toBe('pi_1');
    expect(paymentIntentOf([outside])).toBeNull();
    expect(paymentIntentOf([])).toBeNull();
  });
});
