import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { PlansService } from '../../catalogue/plans.service.js';
import { ConfigurationError } from '../../config/app-config.js';
import { Installation } from '../../customers/installation.entity.js';
import { Transactions } from '../../database/transactions.js';
import { Operations } from '../../operations/operations.js';
import { StripeOperation } from '../../operations/stripe-operation.entity.js';
import { OutgoingEvents } from '../../outgoing-events/outgoing-events.js';
import { planIndexOf } from '../plan-item.mapper.js';
import { TIER_OF_NO_PLAN } from '../subscription.entity.js';
import { LIVE_STATUSES } from '../subscription-status.js';
import { adoptItems } from './adopted-items.js';

/** Any number: it names the lock that one starting instance holds while it looks. */
const LOCK = 7_305_118_822;

/** Live subscriptions that are sold for the same prices and stand for the same plan. */
interface Kind {
  /** `[price, product]` of each item, as text. */
  items: string;
  tier: string;
  group: string | null;
  count: number;
}

/** What a kind is by the new catalogue. */
interface Move {
  items: string;
  tier: string;
  new_tier: string;
  new_group: string | null;
}

const LIVE = `status IN (${LIVE_STATUSES.map((status) => `'${status}'`).join(', ')})`;
const SOLD = `SELECT s.id, s.customer_id, s.tier, s.plan_group,
    (SELECT json_agg(json_build_array(i.stripe_price_id, i.stripe_product_id) ORDER BY i.stripe_item_id)::text
     FROM subscription_items i WHERE i.subscription_id = s.id AND i.purpose = 'plan') AS items
  FROM subscriptions s WHERE s.${LIVE}`;
const MOVED = `SELECT sold.id, sold.customer_id, move.new_tier, move.new_group
  FROM (${SOLD}) sold
  JOIN jsonb_to_recordset($1::jsonb) AS move (items text, tier text, new_tier text, new_group text)
    ON move.items = sold.items AND move.tier = sold.tier`;
/** A subscription that another one has come beside. */
interface Flagged {
  id: number;
  customer_id: number;
  stripe_subscription_id: string | null;
}

/** The subscription that counts of each customer and group, as `byPrecedence` orders them. */
const elected = (group: string) =>
  `first_value(s.id) OVER (PARTITION BY s.customer_id, ${group} ORDER BY s.status = 'incomplete', s.stripe_created, s.id)`;

/**
 * Has the rows follow another catalogue: tier and group of live subscriptions are derived anew from the prices and products
 * that are stored, once, without asking Stripe. What meets in a group is flagged, never cancelled.
 */
@Injectable()
export class CatalogueAdoption implements OnModuleInit {
  private readonly logger = new Logger(CatalogueAdoption.name);

  constructor(
    private readonly plans: PlansService,
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly events: OutgoingEvents,
  ) {}

  onModuleInit(): void {
    this.plans.beforeReady(() => this.adopt());
  }

  /** @throws ConfigurationError when subscribers of a plan would be of none: nothing is changed then */
  private async adopt(): Promise<void> {
    const catalogueHash = this.plans.fingerprint();
    const catalogueContentHash = this.plans.contentHash();
    await this.transactions.run(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const known = await manager.findOneByOrFail(Installation, { only: true });
      if (known.catalogueContentHash !== catalogueContentHash) {
        await manager.update(Installation, { only: true }, { catalogueContentHash });
        if (known.catalogueContentHash !== null) await this.tell(manager);
      }
      if (known.catalogueHash === catalogueHash) return;
      const moves = this.movesOf(await kindsOf(manager));
      const flagged = moves.length > 0 ? await move(manager, moves) : [];
      for (const one of flagged) await this.leaveAlone(manager, one);
      await adoptItems(manager, this.plans);
      await manager.update(Installation, { only: true }, { catalogueHash });
      this.logger.log({ kinds: moves.length }, 'Subscriptions follow the catalogue');
    });
  }

  /**
   * A second one that the catalogue made so was bought on purpose: it is noted as dealt with, since the next event about one
   * that was sold a short while ago would have it ended and refunded as bought in a race.
   */
  private async leaveAlone(manager: EntityManager, flagged: Flagged): Promise<void> {
    const { customer_id: customerId, stripe_subscription_id: subjectStripeId } = flagged;
    if (subjectStripeId === null) return;
    const about = { kind: 'duplicate.resolve', subjectStripeId } as const;
    await this.operations.enqueue(manager, { ...about, customerId, request: {} });
    await manager.update(StripeOperation, { ...about, state: 'open' }, { state: 'done', reason: 'catalogue' });
  }

  /** What may be used can be another for everybody, so it is told of nobody. */
  private tell(manager: EntityManager): Promise<void> {
    const { plans, features } = this.plans.catalogue;
    return this.events.write(manager, {
      types: ['catalogue.changed'],
      of: null,
      object: { type: 'catalogue', id: null, stripeId: null },
      data: { object: { plans: [...plans.keys()], features: [...features.keys()] }, previous: null },
    });
  }

  private movesOf(kinds: readonly Kind[]): Move[] {
    const stranded: string[] = [];
    const moves = kinds.flatMap((kind): Move[] => {
      const { items, tier, group, count } = kind;
      const found = this.planOf(kind);
      if (found === null && tier !== TIER_OF_NO_PLAN)
        stranded.push(`${tier}: ${firstPrice(items)} is a price of no plan, and ${count} live subscriptions have it`);
      const [newTier, newGroup] = found === null ? [TIER_OF_NO_PLAN, null] : [found.tier, found.group];
      return newTier === tier && newGroup === group ? [] : [{ items, tier, new_tier: newTier, new_group: newGroup }];
    });
    if (stranded.length === 0) return moves;
    const advice = 'name each price in earlier_prices of the plan that its subscribers are to have';
    throw new ConfigurationError(`The catalogue strands subscribers; ${advice}:\n  ${stranded.join('\n  ')}`);
  }

  private planOf({ items, tier }: Kind): { tier: string; group: string } | null {
    const prices = pricesOf(items);
    const price = prices[planIndexOf(prices, this.plans.findPlan)];
    const found = price === undefined ? null : this.plans.findPlan(price);
    if (found !== null) return found;
    // Taken over from before there were items: the product is not known, so the plan's name decides.
    const plan = this.plans.catalogue.plans.get(tier);
    const isUnknown = prices.some(({ product }) => product === null);
    return isUnknown && plan?.group != null ? { tier, group: plan.group } : null;
  }
}

function pricesOf(items: string): { id: string; product: string | null }[] {
  return (JSON.parse(items) as [string, string | null][]).map(([id, product]) => ({ id, product }));
}

function firstPrice(items: string): string {
  return pricesOf(items)[0]?.id ?? 'nothing';
}

function kindsOf(manager: EntityManager): Promise<Kind[]> {
  return manager.query<Kind[]>(
    `SELECT items, tier, plan_group AS "group", count(*)::int AS count
     FROM (${SOLD}) sold WHERE items IS NOT NULL GROUP BY items, tier, plan_group`,
  );
}

/**
 * Who loses is flagged before anybody moves, and who wins is cleared after: two never count at once.
 * @returns those that were not flagged before
 */
async function move(manager: EntityManager, moves: readonly Move[]): Promise<Flagged[]> {
  const parameters = [JSON.stringify(moves)];
  const touched = await manager.query<{ customer_id: number }[]>(
    `SELECT DISTINCT customer_id FROM (${MOVED}) moved`,
    parameters,
  );
  const customers = touched.map(({ customer_id: id }) => id);
  await manager.query('SELECT id FROM customers WHERE id = ANY($1) ORDER BY id FOR UPDATE', [customers]);
  const before = new Set((await flaggedOf(manager, customers)).map(({ id }) => id));
  await manager.query(
    `UPDATE subscriptions row SET duplicate_of_id = one.winner, version = row.version + 1
     FROM (SELECT s.id, ${elected('target.grp')} AS winner
           FROM subscriptions s
           JOIN LATERAL (SELECT CASE WHEN moved.id IS NULL THEN s.plan_group ELSE moved.new_group END AS grp
                         FROM (SELECT 1) always LEFT JOIN (${MOVED}) moved ON moved.id = s.id) target ON true
           WHERE s.${LIVE} AND s.customer_id = ANY($2) AND target.grp IS NOT NULL) one
     WHERE one.id = row.id AND one.winner <> row.id AND row.duplicate_of_id IS DISTINCT FROM one.winner`,
    [...parameters, customers],
  );
  await manager.query(
    `UPDATE subscriptions row SET tier = moved.new_tier, plan_group = moved.new_group, version = row.version + 1
     FROM (${MOVED}) moved WHERE moved.id = row.id`,
    parameters,
  );
  await manager.query(
    `UPDATE subscriptions row SET duplicate_of_id = NULL, version = row.version + 1
     FROM (SELECT s.id, s.plan_group, ${elected('s.plan_group')} AS winner
           FROM subscriptions s WHERE s.${LIVE} AND s.customer_id = ANY($1)) one
     WHERE one.id = row.id AND (one.winner = row.id OR one.plan_group IS NULL) AND row.duplicate_of_id IS NOT NULL`,
    [customers],
  );
  return (await flaggedOf(manager, customers)).filter(({ id }) => !before.has(id));
}

function flaggedOf(manager: EntityManager, customers: readonly number[]): Promise<Flagged[]> {
  return manager.query<Flagged[]>(
    `SELECT id, customer_id, stripe_subscription_id FROM subscriptions
     WHERE ${LIVE} AND customer_id = ANY($1) AND duplicate_of_id IS NOT NULL`,
    [customers],
  );
}
