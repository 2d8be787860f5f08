import { type EntityManager } from 'typeorm';
import { type PlansService } from '../../catalogue/plans.service.js';
import { LIVE_STATUSES } from '../subscription-status.js';

const LIVE = `status IN (${LIVE_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** A price that live subscriptions have, and what their items say it pays for. */
interface HeldPrice {
  price: string;
  product: string | null;
  plan: string | null;
  purpose: string;
}

/** What a price pays for by the new catalogue. */
interface AdoptedPrice extends HeldPrice {
  /** Its key where it is an add-on. */
  add_on: string | null;
}

/**
 * Has what live subscriptions hold beside their plan follow another catalogue: the plan or add-on of each item, its name in
 * `add_ons` and in what waits, the number of seats in all. Amounts and periods are Stripe's, and stay.
 */
export async function adoptItems(manager: EntityManager, plans: PlansService): Promise<void> {
  const held = await manager.query<HeldPrice[]>(
    `SELECT DISTINCT i.stripe_price_id AS price, i.stripe_product_id AS product, i.plan, i.purpose
     FROM subscription_items i JOIN subscriptions s ON s.id = i.subscription_id WHERE s.${LIVE}`,
  );
  const adopted = held.flatMap((one) => adoptedOf(one, plans) ?? []);
  const names = new Map(adopted.map(({ price, add_on: addOn }) => [price, addOn]));
  await renameItems(manager, adopted);
  await renameAddOns(manager, names);
  await renameWaiting(manager, renamesOf(held, names), plans);
  await countSeats(manager, plans);
}

/** Null for one that was taken over from before there were items: its product is not known, so neither is what it pays for. */
function adoptedOf(held: HeldPrice, plans: PlansService): AdoptedPrice | null {
  const thing = plans.findSold({ id: held.price, product: held.product });
  if (thing === null && held.product === null) return null;
  return {
    ...held,
    plan: thing?.plan.key ?? null,
    purpose: thing?.purpose ?? 'plan',
    add_on: thing?.plan.isAddOn === true ? thing.plan.key : null,
  };
}

async function renameItems(manager: EntityManager, adopted: readonly AdoptedPrice[]): Promise<void> {
  await manager.query(
    `UPDATE subscription_items i SET plan = now.plan, purpose = now.purpose
     FROM jsonb_to_recordset($1::jsonb) AS now (price text, plan text, purpose text), subscriptions s
     WHERE now.price = i.stripe_price_id AND s.id = i.subscription_id AND s.${LIVE}
       AND (i.plan, i.purpose) IS DISTINCT FROM (now.plan, now.purpose)`,
    [JSON.stringify(adopted)],
  );
}

async function renameAddOns(manager: EntityManager, names: ReadonlyMap<string, string | null>): Promise<void> {
  await manager.query(
    `UPDATE subscriptions s SET add_ons = renamed.add_ons, version = s.version + 1
     FROM (SELECT row.id, (SELECT jsonb_agg(CASE WHEN $1::jsonb ? (addon ->> 'price')
                             THEN addon || jsonb_build_object('plan', $1::jsonb -> (addon ->> 'price')) ELSE addon END
                           ORDER BY place)
                           FROM jsonb_array_elements(row.add_ons) WITH ORDINALITY AS one (addon, place)) AS add_ons
           FROM subscriptions row WHERE row.${LIVE} AND row.add_ons IS NOT NULL) renamed
     WHERE renamed.id = s.id AND renamed.add_ons IS DISTINCT FROM s.add_ons`,
    [JSON.stringify(Object.fromEntries(names))],
  );
}

/** The new keys of add-ons by their old ones; not where a key has become several. */
function renamesOf(held: readonly HeldPrice[], names: ReadonlyMap<string, string | null>): Map<string, string> {
  const renames = new Map<string, Set<string>>();
  for (const { price, plan } of held) {
    const name = names.get(price) ?? null;
    if (plan === null || name === null) continue;
    renames.set(plan, (renames.get(plan) ?? new Set()).add(name));
  }
  return new Map([...renames].flatMap(([old, found]) => (found.size === 1 ? [[old, [...found][0] ?? old]] : [])));
}

/** Changes that wait for the end of the period, or for their payment. */
async function renameWaiting(
  manager: EntityManager,
  renames: ReadonlyMap<string, string>,
  plans: PlansService,
): Promise<void> {
  const next = await manager.query<{ price: string }[]>(
    `SELECT DISTINCT next_stripe_price_id AS price FROM subscription_schedules WHERE next_stripe_price_id IS NOT NULL`,
  );
  const tiers = next.flatMap(({ price }) => {
    const plan = plans.findPlan({ id: price, product: null });
    return plan === null ? [] : [[price, plan.tier] as const];
  });
  const renamed = (column: string) =>
    `(SELECT jsonb_agg(addon || jsonb_build_object('tier', coalesce($1::jsonb ->> (addon ->> 'tier'), addon ->> 'tier'))
        ORDER BY place) FROM jsonb_array_elements(${column}) WITH ORDINALITY AS one (addon, place))`;
  const addOns = JSON.stringify(Object.fromEntries(renames));
  await manager.query(
    `UPDATE subscription_schedules row
     SET next_tier = new.tier, next_add_ons = new.add_ons, version = row.version + 1
     FROM (SELECT id, coalesce($2::jsonb ->> next_stripe_price_id, next_tier) AS tier,
             coalesce(${renamed('next_add_ons')}, next_add_ons) AS add_ons
           FROM subscription_schedules WHERE next_stripe_price_id IS NOT NULL) new
     WHERE new.id = row.id AND (row.next_tier, row.next_add_ons) IS DISTINCT FROM (new.tier, new.add_ons)`,
    [addOns, JSON.stringify(Object.fromEntries(tiers))],
  );
  await manager.query(
    `UPDATE subscriptions s SET pending_add_ons = new.add_ons, version = s.version + 1
     FROM (SELECT id, ${renamed('pending_add_ons')} AS add_ons FROM subscriptions
           WHERE ${LIVE} AND jsonb_array_length(pending_add_ons) > 0) new
     WHERE new.id = s.id AND s.pending_add_ons IS DISTINCT FROM new.add_ons`,
    [addOns],
  );
}

/** Where the price of a plan holds some seats, another number of them is another number in all. */
async function countSeats(manager: EntityManager, { catalogue }: PlansService): Promise<void> {
  const included = [...catalogue.plans.values()].flatMap(({ key, seats }) =>
    seats?.areItems === true ? [[key, seats.included] as const] : [],
  );
  await manager.query(
    `UPDATE subscriptions s SET quantity = new.quantity, version = s.version + 1
     FROM (SELECT row.id, CASE WHEN $1::jsonb ? row.tier
             THEN ($1::jsonb ->> row.tier)::integer + coalesce((SELECT i.quantity FROM subscription_items i
               WHERE i.subscription_id = row.id AND i.purpose = 'seat' AND i.plan = row.tier ORDER BY i.id LIMIT 1), 0)
             ELSE (SELECT i.quantity FROM subscription_items i
               WHERE i.subscription_id = row.id AND i.stripe_item_id = row.stripe_item_id) END AS quantity
           FROM subscriptions row WHERE row.${LIVE}) new
     WHERE new.id = s.id AND new.quantity IS NOT NULL AND new.quantity <> s.quantity`,
    [JSON.stringify(Object.fromEntries(included))],
  );
}
