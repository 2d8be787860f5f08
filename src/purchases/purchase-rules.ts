import { type OperationRequest } from '../operations/operation-request.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { type PurchaseOrder } from './purchase-order.js';

/** What is written down of a purchase before Stripe is asked: the same order resumes it. */
export function purchaseOperationOf(order: PurchaseOrder): OperationRequest {
  return {
    customerId: order.customer.id,
    kind: 'subscription.create',
    request: {
      price: order.priceId,
      trial_days: order.trialDays,
      discount: discountOf(order),
      payment_method: order.paymentMethod?.stripeId ?? null,
    },
  };
}

/** True when the customer's default card pays: the order names none. */
export function isPaidByDefault({ customer, paymentMethod }: PurchaseOrder): boolean {
  return paymentMethod === null && customer.defaultStripePaymentMethodId !== null;
}

/**
 * The first payment of exactly this purchase is still to be made.
 * @param asked the operation that made it: a coupon for one invoice is gone from the subscription by now
 */
export function isSamePurchase(live: Subscription, asked: StripeOperation | null, order: PurchaseOrder): boolean {
  const sameCard = order.paymentMethod === null || order.paymentMethod.stripeId === live.stripeDefaultPaymentMethodId;
  const sameDiscount =
    asked === null
      ? order.discount === null && live.stripeCouponId === null
      : asked.request.discount === discountOf(order);
  const sameTerms = order.trialDays === null && sameDiscount;
  return live.status === 'incomplete' && live.stripePriceId === order.priceId && sameCard && sameTerms;
}

function discountOf({ discount }: PurchaseOrder): string | null {
  return discount === null ? null : JSON.stringify(discount);
}
