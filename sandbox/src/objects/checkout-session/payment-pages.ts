import { integer, required, string } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { resolvePaymentMethod } from '../payment-method/create-payment-method.js';
import { completeSession, requireSession } from './complete-checkout-session.js';
import { type Session } from './checkout-session-type.js';

/**
 * The two calls with which Stripe's own command-line program completes a session. They are not in the public API;
 * `stripe trigger checkout.session.completed` makes them.
 */
function paymentPage(context: Context, session: Session): object {
  return {
    id: session.id,
    object: 'payment_page',
    currency: session.currency,
    livemode: false,
    mode: session.mode,
    session: context.present(session),
    total_summary: { due: session.amount_total, subtotal: session.amount_subtotal, total: session.amount_total },
  };
}

export const showPaymentPage = route({
  method: 'GET',
  path: '/v1/payment_pages/:session',
  parameters: {},
  publishable: true,
  handle: ({ context, path }) => paymentPage(context, requireSession(context, path.session)),
});

export const confirmPaymentPage = route({
  method: 'POST',
  path: '/v1/payment_pages/:session/confirm',
  parameters: {
    expected_amount: integer(),
    payment_method: required(string()),
  },
  publishable: true,
  handle({ context, path, parameters }) {
    const session = requireSession(context, path.session);
    if (parameters.expected_amount !== undefined && parameters.expected_amount !== session.amount_total) {
      throw invalidRequest('The expected amount is not the amount of the Checkout Session.', {
        code: 'checkout_amount_mismatch',
        param: 'expected_amount',
      });
    }
    const method = resolvePaymentMethod(context, parameters.payment_method);
    const { email, name } = method.billing_details;
    const outcome = completeSession(context, session.id, { method, email, name });
    if (outcome.status === 'complete') return paymentPage(context, outcome.session);
    throw new StripeError(402, {
      type: 'card_error',
      code: 'authentication_required',
      message: 'The card asks for 3-D Secure: complete the session on its page.',
    });
  },
});
