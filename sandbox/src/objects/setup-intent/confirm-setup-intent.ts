import type Stripe from 'stripe';
import { type StripeErrorBody } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { needsAuthentication } from '../../rules/test-cards.js';
import { type Wire } from '../../wire.js';
import { customers } from '../customer/customer-type.js';
import { markAttached } from '../payment-method/attach-payment-method.js';
import { type PaymentMethod, paymentMethods, testCardOf } from '../payment-method/payment-method-type.js';
import { type SetupIntent, setupIntents, unexpectedSetupState } from './setup-intent-type.js';

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
  const done = context
    .objects(setupIntents)
    .replace({ ...intent, last_setup_error: null, next_action: null, payment_method: method.id, status: 'succeeded' });
  if (intent.customer === null) {
    context.objects(paymentMethods).update(method.id, { sandbox: { ...method.sandbox, set_up: true } });
  } else markAttached(context, method, intent.customer, true);
  context.emit('setup_intent.succeeded', done);
  return { status: 'succeeded', intent: done };
}

function askForAuthentication(context: Context, intent: SetupIntent, method: PaymentMethod): SetupIntent {
  const waiting = context.objects(setupIntents).replace({
    ...intent,
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
  const failed = context.objects(setupIntents).replace({
    ...intent,
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
