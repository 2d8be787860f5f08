import type Stripe from 'stripe';
import { BillingError } from '../common/billing-error.js';
import { type PurchaseOrder } from '../purchases/purchase-order.js';
import { type CheckoutSessionDto } from './dto/checkout-session.dto.js';
import { idOf } from '../stripe/values.js';
import { operationMetadata } from '../operations/operation-metadata.js';

/**
 * Stripe's parameters of a session. The subscription that it will make carries the same metadata, so that its owner and
 * its operation are known from its own events, whatever becomes of those of the session.
 * @param frontendUrl origin of the frontend, without a slash at the end
 */
export function toSessionParams(
  order: PurchaseOrder,
  operationKey: string,
  frontendUrl: string,
): Stripe.Checkout.SessionCreateParams {
  const { tier, interval } = order.plan;
  const metadata = { ...order.payer, tier, interval, ...operationMetadata(operationKey) };
  return {
    mode: 'subscription',
    customer: order.customer.stripeCustomerId,
    client_reference_id: 'user_id' in order.payer ? order.payer.user_id : `org:${order.payer.organization_id}`,
    line_items: order.lines.map(({ price, quantity }) => ({ price, quantity })),
    currency: order.currency,
    payment_method_collection: 'always',
    success_url: `${frontendUrl}/billing?session_id={CHECKOUT_SESSION_ID}`,
    cancel_url: `${frontendUrl}/billing`,
    ...(order.discount === null ? {} : { discounts: [order.discount] }),
    subscription_data: {
      billing_mode: { type: 'flexible' },
      ...(order.trialDays === null
        ? {}
        : {
            trial_period_days: order.trialDays,
            trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
          }),
      metadata,
    },
    metadata,
  };
}

/**
 * Stripe's session → response.
 * @throws BillingError conflict for a session whose page is closed
 */
export function toCheckoutSessionDto(session: Stripe.Checkout.Session): CheckoutSessionDto {
  if (session.status !== 'open' || session.url === null) throw new BillingError('conflict');
  return { id: session.id, url: session.url, expires_at: session.expires_at };
}

/** The subscription of a session that was completed and is not waiting for a slow payment; else null. */
export function fulfilledSubscriptionOf(session: Stripe.Checkout.Session): string | null {
  return session.status === 'complete' && session.payment_status !== 'unpaid' ? idOf(session.subscription) : null;
}
