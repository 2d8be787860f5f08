import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Wire } from '../../wire.js';
import { charges } from '../charge/charge-type.js';
import { insertPendingDebit } from '../charge/create-charge.js';
import { insertMandate } from '../mandate/create-mandate.js';
import { type Acceptance } from '../mandate/mandate-parameters.js';
import { type PaymentMethod, paymentMethods, testIbanOf } from '../payment-method/payment-method-type.js';
import { chargeInput, checkOwner, saveMethod, succeed } from './pay-payment-intent.js';
import { type PaymentIntent, paymentIntents } from './payment-intent-type.js';

/** Due when the bank answers a debit. */
export const DEBIT_DUE = 'payment_intent.settles';

const FAILURE = { code: 'payment_intent_payment_attempt_failed', message: 'The payment failed.' };

/**
 * Debits a bank account for an intent: the intent is `processing`, its charge `pending`, until the bank has answered.
 * Throws 400 for a currency other than euros, for manual capture and for an account of another customer.
 */
export function debitForIntent(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  acceptance: Acceptance,
): PaymentIntent {
  checkOwner(intent, method);
  if (intent.currency !== 'eur') {
    throw invalidRequest(
      `The currency provided (${intent.currency}) is invalid for one or more payment methods on this PaymentIntent: sepa_debit.`,
      { code: 'payment_intent_invalid_currency', param: 'currency' },
    );
  }
  if (intent.capture_method === 'manual') {
    throw invalidRequest('The payment method type sepa_debit does not support manual capture.', {
      param: 'capture_method',
    });
  }
  const mandate = insertMandate(context, method, acceptance);
  const charge = insertPendingDebit(context, method, chargeInput(intent, true, false), mandate.id);
  const processing = context.objects(paymentIntents).replace({
    ...intent,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: 'processing',
  });
  context.emit('payment_intent.processing', processing);
  saveMethod(context, intent, method);
  context.setDue(DEBIT_DUE, intent.id, context.now() + testIbanOf(method).settlesAfter);
  return processing;
}

/** The bank has answered: the debit and its intent have succeeded or failed. */
export function settleDebit(context: Context, id: string): void {
  const intent = context.objects(paymentIntents).require(id);
  const method = context.objects(paymentMethods).require(intent.payment_method ?? '');
  const pending = context.objects(charges).require(intent.latest_charge ?? '');
  if (testIbanOf(method).outcome === 'succeeds') {
    const charge = context.objects(charges).update(pending.id, { paid: true, status: 'succeeded' });
    context.emit('charge.succeeded', charge);
    succeed(context, intent, method, charge);
    return;
  }
  const charge = context.objects(charges).update(pending.id, {
    amount_captured: 0,
    captured: false,
    failure_code: FAILURE.code,
    failure_message: FAILURE.message,
    status: 'failed',
  });
  context.emit('charge.failed', charge);
  const failed = context.objects(paymentIntents).replace({
    ...intent,
    last_payment_error: {
      ...FAILURE,
      charge: charge.id,
      doc_url: 'https://stripe.com/docs/error-codes/payment-intent-payment-attempt-failed',
      payment_method: context.present(method) as Wire<Stripe.PaymentMethod>,
      type: 'invalid_request_error',
    },
    payment_method: null,
    status: 'requires_payment_method',
  });
  context.emit('payment_intent.payment_failed', failed);
}
