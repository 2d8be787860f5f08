import { type EntityManager, JsonContains } from 'typeorm';
import { type StripeIntent } from '../operations/stripe-operation.entity.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

/** True when a subscription that the intent made is mirrored here. */
export function hasMirroredResult(
  manager: EntityManager,
  { customerId, key }: Pick<StripeIntent, 'customerId' | 'key'>,
): Promise<boolean> {
  return manager.existsBy(Subscription, { customerId, metadata: JsonContains({ intent_key: key }) });
}
