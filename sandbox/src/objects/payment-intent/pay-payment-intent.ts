import type Stripe from 'stripe';
import { type StripeErrorBody, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Decline, needsAuthentication } from '../../rules/test-cards.js';
import { type Wire } from '../../wire.js';
import { type Charge } from '../charge/charge-type.js';
import { insertCharge } from '../charge/create-charge.js';
import { customers } from '../customer/customer-type.js';
import { markAttached } from '../payment-method/attach-payment-method.js';
import { type PaymentMethod, paymentMethods, testCardOf } from '../payment-method/payment-method-type.js';
import { type PaymentIntent, paymentIntents, unexpectedState } from './payment-intent-type.js';

/** One attempt to pay an intent. */
export interface PaymentAttempt {
  readonly method: PaymentMethod;
  /** True when the customer is not there to authenticate. */
  readonly offSession: boolean;
  /** True when the customer has just passed 3-D Secure. */
  readonly authenticated?: boolean;
  /**
   * What to do when the card asks for 3-D Secure: wait for it (`requires_action`, the default; invoices want this also
   * off-session), or fail with `authentication_required`.
   */
  readonly whenAuthenticationIsNeeded?: 'wait' | 'fail';
}

/** What came of an attempt. All objects are as stored after it; nothing is thrown for a declined card. */
export type PaymentOutcome =
  | { readonly status: 'succeeded' | 'requires_capture'; readonly intent: PaymentIntent; readonly charge: Charge }
  | { readonly status: 'requires_action'; readonly intent: PaymentIntent }
  | {
      readonly status: 'failed';
      readonly intent: PaymentIntent;
      readonly charge: Charge;
      readonly error: StripeErrorBody;
    };

const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/**
 * Tries to collect an intent's amount from a card: makes the charge, moves the intent on and emits `charge.*` and
 * `payment_intent.*` events. The one way in which money moves in the sandbox: invoices and Checkout use it too.
 */
export function payIntent(context: Context, intent: PaymentIntent, attempt: PaymentAttempt): PaymentOutcome {
  const { method, offSession } = attempt;
  const card = testCardOf(method);
  checkOwner(intent, method);
  const mustAuthenticate =
    attempt.authenticated !== true && needsAuthentication(card, { offSession, setUp: method.sandbox.set_up });
  if (mustAuthenticate && attempt.whenAuthenticationIsNeeded !== 'fail') {
    return { status: 'requires_action', intent: askForAuthentication(context, intent, method) };
  }
  const decline = mustAuthenticate ? AUTHENTICATION_REQUIRED : card.declineCharge;
  const captured = intent.capture_method !== 'manual';
  const charge = insertCharge(context, method, chargeInput(intent, captured, attempt.authenticated === true), decline);
  if (decline !== undefined) return fail(context, intent, method, charge, decline);
  saveMethod(context, intent, method);
  return captured ? succeed(context, intent, method, charge) : hold(context, intent, method, charge);
}

/** The charge that collects an intent's amount. */
export function chargeInput(
  intent: PaymentIntent,
  captured: boolean,
  authenticated: boolean,
): Parameters<typeof insertCharge>[2] {
  return {
    amount: intent.amount,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    metadata: { ...intent.metadata },
    payment_intent: intent.id,
    receipt_email: intent.receipt_email,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    shipping: intent.shipping,
    captured,
    authenticated,
  };
}

/** A payment method of one customer cannot pay for another: throws 400. */
export function checkOwner(intent: PaymentIntent, method: PaymentMethod): void {
  if (method.customer === null || method.customer === intent.customer) return;
  const remedy =
    intent.customer === null
      ? 'Please include the Customer in the `customer` parameter on the PaymentIntent.'
      : `It cannot be used with Customer ${intent.customer}.`;
  throw invalidRequest(`The payment method you provided belongs to Customer ${method.customer}. ${remedy}`, {
    code: 'payment_method_customer_mismatch',
    param: 'payment_method',
  });
}

function askForAuthentication(context: Context, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const waiting = context.objects(paymentIntents).replace({
    ...intent,
    payment_method: method.id,
    status: 'requires_action',
    last_payment_error: null,
    next_action: {
      type: 'redirect_to_url',
      redirect_to_url: { return_url: intent.sandbox.return_url, url: `${context.url}/3ds/${intent.id}` },
    },
  });
  context.emit('payment_intent.requires_action', waiting);
  return waiting;
}

/** After success: the method stays with the customer when asked for, else one without customer is used up. */
export function saveMethod(context: Context, intent: PaymentIntent, method: PaymentMethod): void {
  if (intent.customer !== null && intent.setup_future_usage !== null) {
    markAttached(
      context,
      method,
      intent.customer,
      method.sandbox.set_up || intent.setup_future_usage === 'off_session',
    );
  } else if (method.customer === null) {
    context.objects(paymentMethods).update(method.id, { sandbox: { ...method.sandbox, consumed: true } });
  }
}

/** The charge is paid, so the intent is. */
export function succeed(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  charge: Charge,
): PaymentOutcome {
  const paid = context.objects(paymentIntents).replace({
    ...intent,
    amount_capturable: 0,
    amount_received: charge.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: 'succeeded',
  });
  context.emit('payment_intent.succeeded', paid);
  return { status: 'succeeded', intent: paid, charge };
}

function hold(context: Context, intent: PaymentIntent, method: PaymentMethod, charge: Charge): PaymentOutcome {
  const held = context.objects(paymentIntents).replace({
    ...intent,
    amount_capturable: charge.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    status: 'requires_capture',
  });
  context.emit('payment_intent.amount_capturable_updated', held);
  return { status: 'requires_capture', intent: held, charge };
}

function fail(
  context: Context,
  intent: PaymentIntent,
  method: PaymentMethod,
  charge: Charge,
  decline: Decline,
): PaymentOutcome {
  const { blocked: _blocked, ...shown } = decline;
  const current = context.objects(paymentMethods).require(method.id);
  const failed = context.objects(paymentIntents).replace({
    ...intent,
    last_payment_error: {
      charge: charge.id,
      ...shown,
      doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
      payment_method: context.present(current) as Wire<Stripe.PaymentMethod>,
      type: 'card_error',
    },
    latest_charge: charge.id,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  context.emit('payment_intent.payment_failed', failed);
  return { status: 'failed', intent: failed, charge, error: { type: 'card_error', charge: charge.id, ...shown } };
}

/**
 * What the customer did on the 3-D Secure page. Passed: the payment is tried; failed: the intent needs another card.
 * Throws 400 when the intent does not wait for it.
 */
export function completeAuthentication(
  context: Context,
  intentId: string,
  passed: boolean,
): PaymentOutcome | PaymentIntent {
  const intent = context.objects(paymentIntents).require(intentId);
  context.useTestClock(context.objects(customers).get(intent.customer ?? '')?.test_clock);
  if (intent.status !== 'requires_action' || intent.payment_method === null) {
    throw unexpectedState(context, intent, 'authenticate', ['requires_action']);
  }
  const method = context.objects(paymentMethods).require(intent.payment_method);
  if (passed) return payIntent(context, intent, { method, offSession: false, authenticated: true });
  const failed = context.objects(paymentIntents).replace({
    ...intent,
    last_payment_error: {
      code: 'payment_intent_authentication_failure',
      doc_url: 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure',
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
      payment_method: context.present(method) as Wire<Stripe.PaymentMethod>,
      type: 'invalid_request_error',
    },
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  context.emit('payment_intent.payment_failed', failed);
  return failed;
}
