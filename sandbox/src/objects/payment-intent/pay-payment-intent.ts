import type Stripe from 'stripe';
import { StripeError, type StripeErrorBody, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Decline, needsAuthentication } from '../../rules/test-cards.js';
import { objectType } from '../../store/object-type.js';
import { type JsonObject, type Stored, type Wire } from '../../wire.js';
import { type Charge, charges, insertCharge } from '../charge/charges.js';
import { customers } from '../customer/customers.js';
import {
  type PaymentMethod,
  markAttached,
  paymentMethods,
  testCardOf,
} from '../payment-method/create-payment-method.js';

interface Hidden {
  readonly return_url: string | null;
}

export type PaymentIntent = Stored<Stripe.PaymentIntent, Hidden>;

export const paymentIntents = objectType<PaymentIntent>({
  object: 'payment_intent',
  prefix: 'pi',
  indexes: { customer: (intent) => intent.customer },
  references: {
    customer: 'customer',
    latest_charge: 'charge',
    payment_method: 'payment_method',
  },
});

/** What a payment intent is made of; `customer` must exist. */
export interface IntentInput {
  /** Minor units, above 0. */
  readonly amount: number;
  readonly currency: string;
  readonly customer?: string | null;
  readonly payment_method?: string | null;
  readonly description?: string | null;
  readonly metadata?: Record<string, string>;
  readonly capture_method?: PaymentIntent['capture_method'];
  readonly confirmation_method?: PaymentIntent['confirmation_method'];
  readonly setup_future_usage?: 'off_session' | 'on_session' | null;
  readonly receipt_email?: string | null;
  readonly shipping?: Wire<Stripe.PaymentIntent.Shipping> | null;
  readonly statement_descriptor?: string | null;
  readonly statement_descriptor_suffix?: string | null;
  readonly return_url?: string | null;
  readonly automatic_payment_methods?: PaymentIntent['automatic_payment_methods'];
  readonly allowed_payment_method_types?: string[];
  /** Default: cards. */
  readonly payment_method_types?: string[];
}

/** `payment_method_options` of each type of payment method. */
const OPTIONS: Readonly<Record<string, object>> = {
  card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
  sepa_debit: {},
};

/** Stores a new payment intent and emits `payment_intent.created`. It is paid with `payIntent`. */
export function createIntent(context: Context, input: IntentInput): PaymentIntent {
  const id = context.newId('pi');
  const types = input.payment_method_types ?? ['card'];
  const intent = context.objects(paymentIntents).insert({
    id,
    object: 'payment_intent',
    allowed_payment_method_types: input.allowed_payment_method_types ?? null,
    amount: input.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: input.automatic_payment_methods ?? null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: input.capture_method ?? 'automatic_async',
    client_secret: context.newId(`${id}_secret`, 25),
    confirmation_method: input.confirmation_method ?? 'automatic',
    created: context.now(),
    currency: input.currency,
    customer: input.customer ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: input.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: input.payment_method ?? null,
    payment_method_configuration_details: null,
    payment_method_options: Object.fromEntries(types.map((type) => [type, OPTIONS[type] ?? {}])),
    payment_method_types: types,
    payment_record: null,
    processing: null,
    receipt_email: input.receipt_email ?? null,
    review: null,
    setup_future_usage: input.setup_future_usage ?? null,
    shipping: input.shipping ?? null,
    source: null,
    statement_descriptor: input.statement_descriptor ?? null,
    statement_descriptor_suffix: input.statement_descriptor_suffix ?? null,
    status: typeof input.payment_method === 'string' ? 'requires_confirmation' : 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    sandbox: { return_url: input.return_url ?? null },
  });
  context.emit('payment_intent.created', intent);
  return intent;
}

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
  const waiting = context.objects(paymentIntents).update(intent.id, {
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
  const paid = context.objects(paymentIntents).update(intent.id, {
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
  const held = context.objects(paymentIntents).update(intent.id, {
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
  const failed = context.objects(paymentIntents).update(intent.id, {
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
  const failed = context.objects(paymentIntents).update(intent.id, {
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

const CANCELABLE = ['requires_payment_method', 'requires_capture', 'requires_confirmation', 'requires_action'];

/** Cancels an intent that is not paid; a held amount is released. Throws 400 otherwise. */
export function cancelIntent(
  context: Context,
  intent: PaymentIntent,
  reason: PaymentIntent['cancellation_reason'],
): PaymentIntent {
  if (!CANCELABLE.includes(intent.status)) throw unexpectedState(context, intent, 'cancel', CANCELABLE);
  if (intent.status === 'requires_capture' && intent.latest_charge !== null)
    releaseCharge(context, intent.latest_charge);
  const canceled = context.objects(paymentIntents).update(intent.id, {
    amount_capturable: 0,
    canceled_at: context.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  });
  context.emit('payment_intent.canceled', canceled);
  return canceled;
}

function releaseCharge(context: Context, id: string): void {
  const before = context.objects(charges).require(id);
  const after = context.objects(charges).update(id, { amount_refunded: before.amount, refunded: true });
  context.emit('charge.refunded', after, before);
}

/** Captures a held amount, or a part of it; the rest is released. */
export function captureIntent(context: Context, intent: PaymentIntent, amount: number | undefined): PaymentIntent {
  if (intent.status !== 'requires_capture' || intent.latest_charge === null) {
    throw unexpectedState(context, intent, 'capture', ['requires_capture']);
  }
  const captured = amount ?? intent.amount_capturable;
  if (captured > intent.amount_capturable) {
    throw invalidRequest('The provided amount_to_capture is greater than the amount that can be captured.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  }
  const before = context.objects(charges).require(intent.latest_charge);
  const charge = context.objects(charges).update(before.id, {
    amount_captured: captured,
    amount_refunded: before.amount - captured,
    captured: true,
  });
  context.emit('charge.captured', charge, before);
  const paid = context
    .objects(paymentIntents)
    .update(intent.id, { amount_capturable: 0, amount_received: captured, status: 'succeeded' });
  context.emit('payment_intent.succeeded', paid);
  return paid;
}

/** 400 `payment_intent_unexpected_state`, with the intent in the error as Stripe sends it. */
export function unexpectedState(
  context: Context,
  intent: PaymentIntent,
  action: string,
  allowed: readonly string[],
): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message:
      `You cannot ${action} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with ` +
      `one of the following statuses may be used: ${allowed.join(', ')}.`,
    payment_intent: context.present(intent) as JsonObject,
  });
}
