import { type EntityManager } from 'typeorm';
import { type Subscription } from './subscription.entity.js';
import { type ItemColumns } from './subscription-item.mapper.js';

/** What a subscription has at Stripe. */
export interface ItemsOfSubscription {
  subscription: Pick<Subscription, 'id' | 'stripeSubscriptionId'>;
  items: readonly ItemColumns[];
}

/**
 * Makes the items of subscriptions those that Stripe has, and gives them the invoices that came before them: one statement,
 * since every write of a subscription sends it. No row is written that stays as it is; an item never moves to
 * another subscription.
 */
export async function writeItems(manager: EntityManager, ...entries: readonly ItemsOfSubscription[]): Promise<void> {
  const rows = entries.flatMap(({ subscription, items }) =>
    items.map((item) => ({
      subscription_id: subscription.id,
      stripe_item_id: item.stripeItemId,
      stripe_price_id: item.stripePriceId,
      stripe_product_id: item.stripeProductId,
      plan: item.plan,
      purpose: item.purpose,
      quantity: item.quantity,
      current_period_start: item.currentPeriodStart,
      current_period_end: item.currentPeriodEnd,
    })),
  );
  await manager.query(
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS given (subscription_id integer, stripe_item_id varchar,
         stripe_price_id varchar, stripe_product_id varchar, plan varchar, purpose varchar, quantity integer,
         current_period_start timestamptz, current_period_end timestamptz)
     ), gone AS (
       DELETE FROM subscription_items
       WHERE subscription_id = ANY($1::integer[]) AND stripe_item_id NOT IN (SELECT stripe_item_id FROM given)
     ), linked AS (
       UPDATE invoices SET subscription_id = known.id, updated_at = now()
       FROM unnest($1::integer[], $3::text[]) AS known (id, stripe_id)
       WHERE stripe_subscription_id = known.stripe_id AND subscription_id IS NULL
     )
     INSERT INTO subscription_items AS known (subscription_id, stripe_item_id, stripe_price_id, stripe_product_id, plan,
       purpose, quantity, current_period_start, current_period_end)
     SELECT given.* FROM given
     ON CONFLICT (stripe_item_id) DO UPDATE SET
       (stripe_price_id, stripe_product_id, plan, purpose, quantity, current_period_start, current_period_end) =
       (excluded.stripe_price_id, excluded.stripe_product_id, excluded.plan, excluded.purpose, excluded.quantity,
        excluded.current_period_start, excluded.current_period_end)
     WHERE (known.stripe_price_id, known.stripe_product_id, known.plan, known.purpose, known.quantity,
            known.current_period_start, known.current_period_end)
       IS DISTINCT FROM (excluded.stripe_price_id, excluded.stripe_product_id, excluded.plan, excluded.purpose,
            excluded.quantity, excluded.current_period_start, excluded.current_period_end)`,
    [
      entries.map(({ subscription }) => subscription.id),
      JSON.stringify(rows),
      entries.map(({ subscription }) => subscription.stripeSubscriptionId),
    ],
  );
}
