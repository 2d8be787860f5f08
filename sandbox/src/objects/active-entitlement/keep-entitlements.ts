import { type Context } from '../../kernel/context.js';
import { activeEntitlementSummaries } from '../active-entitlement-summary/active-entitlement-summary-type.js';
import { entitlementFeatures } from '../entitlement-feature/entitlement-feature-type.js';
import { productFeatures } from '../product-feature/product-feature-type.js';
import { type Subscription, subscriptions } from '../subscription/subscription-type.js';
import { type ActiveEntitlement, activeEntitlements } from './active-entitlement-type.js';

/** Statuses in which a subscription gives its customer the features of its products. */
const GIVING = new Set(['active', 'trialing', 'past_due']);

/** Ids of the features that the products of a customer's subscriptions have. */
function featuresOf(context: Context, changed: Subscription): Set<string> {
  const others = context
    .objects(subscriptions)
    .where('customer', changed.customer)
    .filter(({ id }) => id !== changed.id);
  const given = [changed, ...others]
    .filter(({ status }) => GIVING.has(status))
    .flatMap(({ items }) => items.data)
    .flatMap(({ price }) => context.objects(productFeatures).where('product', price.product));
  return new Set(given.map(({ sandbox }) => sandbox.feature));
}

function summaryOf(customer: string, entitlements: readonly ActiveEntitlement[]) {
  return {
    id: customer,
    object: activeEntitlementSummaries.object,
    customer,
    livemode: false,
    sandbox: { entitlements },
  } as const;
}

/**
 * Gives a customer the entitlements that its subscriptions lead to, once one of them changed, and takes the others away. A
 * feature that a product gets or loses later counts from the next change on, as a renewal is.
 */
export function keepEntitlements(context: Context, changed: Subscription): void {
  const { customer } = changed;
  const collection = context.objects(activeEntitlements);
  const before = collection.where('customer', customer);
  const wanted = featuresOf(context, changed);
  if (before.length === wanted.size && before.every(({ feature }) => wanted.has(feature))) return;
  for (const { id, feature } of before) if (!wanted.has(feature)) collection.remove(id);
  const added = [...wanted].filter((id) => before.every(({ feature }) => feature !== id));
  for (const id of added) {
    collection.insert({
      id: context.newId('ent_test', 30),
      object: activeEntitlements.object,
      feature: id,
      livemode: false,
      lookup_key: context.objects(entitlementFeatures).require(id).lookup_key,
      sandbox: { customer },
    });
  }
  context.emitUpdated(
    'entitlements.active_entitlement_summary.updated',
    summaryOf(customer, before),
    summaryOf(customer, collection.where('customer', customer)),
  );
}
