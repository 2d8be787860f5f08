import { StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { type Attempt } from '../invoice/invoice-collection.js';

const NO_PAYMENT_METHOD =
  'This customer has no attached payment source or default payment method. Please consider adding a default payment ' +
  'method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.';

const UNPAID = 'The invoice was not paid.';

/** The error for a payment that must succeed within the request but did not. */
export function unpaidError(attempt: Attempt): StripeError {
  if (attempt.status === 'no_payment_method') return invalidRequest(NO_PAYMENT_METHOD, { code: 'resource_missing' });
  if (attempt.status === 'requires_action') {
    return new StripeError(402, {
      type: 'card_error',
      code: 'subscription_payment_intent_requires_action',
      message:
        'Payment for this subscription requires additional user action before it can be completed successfully. ' +
        'Payment can be completed using the PaymentIntent associated with `subscription.latest_invoice`.',
    });
  }
  return new StripeError(402, attempt.status === 'failed' ? attempt.error : { type: 'card_error', message: UNPAID });
}
