import type Stripe from 'stripe';
import { type PriceReference, type SoldThing } from '../catalogue/plan-of-price.js';
import { dateFromEpochSeconds } from '../common/clock.js';
import { storableInteger } from '../common/storable.js';
import { referenceTo } from './plan-item.mapper.js';
import { type SubscriptionItem } from './subscription-item.entity.js';

export type ItemColumns = Omit<SubscriptionItem, 'id' | 'subscription' | 'subscriptionId'>;

/** Stripe's items → rows. */
export function toItemColumns(
  { items }: Pick<Stripe.Subscription, 'items'>,
  findSold: (price: PriceReference) => SoldThing | null,
): ItemColumns[] {
  return items.data.map((item) => {
    const reference = referenceTo(item.price);
    const sold = findSold(reference);
    return {
      stripeItemId: item.id,
      stripePriceId: reference.id,
      stripeProductId: reference.product,
      plan: sold?.plan.key ?? null,
      purpose: sold?.purpose ?? 'plan',
      quantity: item.quantity === undefined ? null : storableInteger(item.quantity),
      currentPeriodStart: dateFromEpochSeconds(item.current_period_start),
      currentPeriodEnd: dateFromEpochSeconds(item.current_period_end),
    };
  });
}
