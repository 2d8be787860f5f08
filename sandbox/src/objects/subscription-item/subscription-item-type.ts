import { objectType } from '../../kernel/object-type.js';
import { type ListObject } from '../../wire.js';
import { type SubscriptionItem, subscriptions } from '../subscription/subscription-type.js';

/** Where a subscription item is found: the item itself lives inside its subscription. */
interface SubscriptionItemPlace {
  readonly id: string;
  readonly object: 'subscription_item';
  readonly subscription: string;
}

export const subscriptionItems = objectType<SubscriptionItemPlace>({
  object: 'subscription_item',
  prefix: 'si',
  title: 'subscription item',
  indexes: { subscription: (place) => place.subscription },
  references: { discounts: 'discount', subscription: 'subscription' },
  present: (place, context) => {
    const items: ListObject<SubscriptionItem> = context.objects(subscriptions).require(place.subscription).items;
    return items.data.find((item) => item.id === place.id) ?? place;
  },
});
