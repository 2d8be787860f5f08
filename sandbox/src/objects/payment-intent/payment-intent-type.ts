import type Stripe from 'stripe';
import { StripeError } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../kernel/object-type.js';
import { type JsonObject, type Stored } from '../../wire.js';

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
