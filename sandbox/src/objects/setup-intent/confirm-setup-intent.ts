import type Stripe from 'stripe';
import { StripeError, type StripeErrorBody } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { needsAuthentication } from '../../rules/test-cards.js';
import { objectType } from '../../store/object-type.js';
import { type JsonObject, type Stored, type Wire } from '../../wire.js';
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

export type SetupIntent = Stored<Stripe.SetupIntent, Hidden>;

export const setupIntents = objectType<SetupIntent>({
  object: 'setup_intent',
  prefix: 'seti',
  indexes: { customer: (intent) => intent.customer },
  references: { customer: 'customer', payment_method: 'payment_method' },
});

/** What a setup intent is made of; `customer` must exist. */
export interface SetupInput {
  readonly customer?: string | null;
  readonly payment_method?: string | null;
  readonly description?: string | null;
  readonly metadata?: Record<string, string>;
  readonly usage?: 'off_session' | 'on_session';
  readonly return_url?: string | null;
  readonly automatic_payment_methods?: SetupIntent['automatic_payment_methods'];
}

/** Stores a new setup intent and emits `setup_intent.created`. */
export function createSetupIntent(context: Context, input: SetupInput): SetupIntent {
  const id = context.newId('seti');
  const intent = context.objects(setupIntents).insert({
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: input.automatic_payment_methods ?? null,
    cancellation_reason: null,
    client_secret: context.newId(`${id}_secret`, 25),
    created: context.now(),
    customer: input.customer ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: input.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: input.payment_method ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: typeof input.payment_method === 'string' ? 'requires_confirmation' : 'requires_payment_method',
    usage: input.usage ?? 'off_session',
    sandbox: { return_url: input.return_url ?? null },
  });
  context.emit('setup_intent.created', intent);
  return intent;
}

/** What came of an attempt to set up a card; nothing is thrown for a declined one. */
export type SetupOutcome =
  | { readonly status: 'succeeded' | 'requires_action'; readonly intent: SetupIntent }
  | { readonly status: 'failed'; readonly intent: SetupIntent; readonly error: StripeErrorBody };

/** Tries to set up a card for later use and attaches it to the intent's customer. */
export function confirmSetup(
  context: Context,
  intent: SetupIntent,
  method: PaymentMethod,
  authenticated = false,
): SetupOutcome {
  const card = testCardOf(method);
  if (card.declineAttach !== undefined) {
    const { blocked: _blocked, ...shown } = card.declineAttach;
    return failSetup(context, intent, method, { type: 'card_error', ...shown });
  }
  if (!authenticated && needsAuthentication(card, { offSession: false, setUp: false })) {
    return { status: 'requires_action', intent: askForAuthentication(context, intent, method) };
  }
  const done = context.objects(setupIntents).update(intent.id, {
    last_setup_error: null,
    next_action: null,
    payment_method: method.id,
    status: 'succeeded',
  });
  if (intent.customer === null) {
    context.objects(paymentMethods).update(method.id, { sandbox: { ...method.sandbox, set_up: true } });
  } else markAttached(context, method, intent.customer, true);
  context.emit('setup_intent.succeeded', done);
  return { status: 'succeeded', intent: done };
}

function askForAuthentication(context: Context, intent: SetupIntent, method: PaymentMethod): SetupIntent {
  const waiting = context.objects(setupIntents).update(intent.id, {
    last_setup_error: null,
    next_action: {
      type: 'redirect_to_url',
      redirect_to_url: { return_url: intent.sandbox.return_url, url: `${context.url}/3ds/${intent.id}` },
    },
    payment_method: method.id,
    status: 'requires_action',
  });
  context.emit('setup_intent.requires_action', waiting);
  return waiting;
}

function failSetup(context: Context, intent: SetupIntent, method: PaymentMethod, error: StripeErrorBody): SetupOutcome {
  const { code, message, decline_code: declineCode, type, param } = error;
  const failed = context.objects(setupIntents).update(intent.id, {
    last_setup_error: {
      ...(code === undefined
        ? {}
        : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
      ...(declineCode === undefined ? {} : { decline_code: declineCode }),
      ...(param === undefined ? {} : { param }),
      message,
      payment_method: context.present(method) as Wire<Stripe.PaymentMethod>,
      type,
    },
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  context.emit('setup_intent.setup_failed', failed);
  return { status: 'failed', intent: failed, error };
}

/** What the customer did on the 3-D Secure page of a setup intent. */
export function completeSetupAuthentication(context: Context, intentId: string, passed: boolean): SetupOutcome {
  const intent = context.objects(setupIntents).require(intentId, 'intent');
  context.useTestClock(context.objects(customers).get(intent.customer ?? '')?.test_clock);
  if (intent.status !== 'requires_action' || intent.payment_method === null) {
    throw unexpectedSetupState(context, intent, 'authenticate');
  }
  const method = context.objects(paymentMethods).require(intent.payment_method);
  if (passed) return confirmSetup(context, intent, method, true);
  return failSetup(context, intent, method, {
    type: 'invalid_request_error',
    code: 'setup_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  });
}

/** Cancels a setup intent that has not succeeded. */
export function cancelSetupIntent(
  context: Context,
  intent: SetupIntent,
  reason: SetupIntent['cancellation_reason'],
): SetupIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw unexpectedSetupState(context, intent, 'cancel');
  }
  const canceled = context
    .objects(setupIntents)
    .update(intent.id, { cancellation_reason: reason, next_action: null, status: 'canceled' });
  context.emit('setup_intent.canceled', canceled);
  return canceled;
}

/** 400 `setup_intent_unexpected_state`. */
export function unexpectedSetupState(context: Context, intent: SetupIntent, action: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
    message: `You cannot ${action} this SetupIntent because it has a status of ${intent.status}.`,
    setup_intent: context.present(intent) as JsonObject,
  });
}
