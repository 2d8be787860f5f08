import { type OperationRequest } from '../operations/operation-request.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { addOnsOfRow } from '../subscriptions/subscription-items.mapper.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { type PurchaseOrder } from './purchase-order.js';

/** What is written down of a purchase before Stripe is asked: the same order resumes it. */
export function purchaseOperationOf(order: PurchaseOrder): OperationRequest {
  return {
    customerId: order.customer.id,
    kind: 'subscription.create',
    request: {
      ...boughtOf(order),
      trial_days: order.trialDays,
      discount: discountOf(order),
      payment_method: order.paymentMethod?.stripeId ?? null,
    },
  };
}

/** What is bought, as it is written down: of one unit of a plan alone, in the catalogue's currency, its price. */
export function boughtOf({
  lines,
  currency,
  catalogueCurrency,
}: Pick<PurchaseOrder, 'lines' | 'currency' | 'catalogueCurrency'>): Record<string, unknown> {
  const [plan, ...others] = lines;
  const isPlanAlone = others.length === 0 && plan?.quantity === 1;
  return {
    price: plan?.price,
    ...(isPlanAlone ? {} : { items: lines.map(({ price, quantity }) => [price, quantity]) }),
    ...(currency === catalogueCurrency ? {} : { currency }),
  };
}

function isSameOrder(live: Subscription, asked: StripeOperation | null, order: PurchaseOrder): boolean {
  const { price, items = null } = boughtOf(order);
  const sold = asked === null ? null : (asked.request.items ?? null);
  if (live.stripePriceId !== price || live.currency !== order.currency) return false;
  if (asked !== null) return JSON.stringify(sold) === JSON.stringify(items);
  return items === null && live.quantity === 1 && addOnsOfRow(live).length === 0;
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
  return live.status === 'incomplete' && isSameOrder(live, asked, order) && sameCard && sameTerms;
}

function discountOf({ discount }: PurchaseOrder): string | null {
  return discount === null ? null : JSON.stringify(discount);
}
