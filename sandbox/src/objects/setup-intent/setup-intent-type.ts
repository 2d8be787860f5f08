import type Stripe from 'stripe';
import { StripeError } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../kernel/object-type.js';
import { type JsonObject, type Stored } from '../../wire.js';

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

/** 400 `setup_intent_unexpected_state`. */
export function unexpectedSetupState(context: Context, intent: SetupIntent, action: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
    message: `You cannot ${action} this SetupIntent because it has a status of ${intent.status}.`,
    setup_intent: context.present(intent) as JsonObject,
  });
}
