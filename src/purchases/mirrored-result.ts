import { type EntityManager, JsonContains } from 'typeorm';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

/** True when a subscription that the operation made is mirrored here. */
export function hasMirroredResult(
  manager: EntityManager,
  { customerId, key }: Pick<StripeOperation, 'customerId' | 'key'>,
): Promise<boolean> {
  const names = ['operation_key', 'intent_key'];
  return manager.existsBy(
    Subscription,
    names.map((name) => ({ customerId, metadata: JsonContains({ [name]: key }) })),
  );
}
