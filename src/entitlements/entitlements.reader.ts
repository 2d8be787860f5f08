import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ownerColumn, type PayerKey } from '../auth/payer.js';
import { type FeatureValue } from '../catalogue/catalogue.schema.js';
import { LIVE_STATUSES } from '../subscriptions/subscription-status.js';
import { type HeldItem, type HeldOverride, type HeldSubscription, OPEN_DISPUTES } from './entitlement-rules.js';

/** What was used of a feature in the period that began then. */
interface HeldUsage {
  feature: string;
  periodStart: Date;
  used: number;
}

/** All that the entitlements of a payer follow from. */
export interface PayerFacts {
  subscriptions: HeldSubscription[];
  overrides: ReadonlyMap<string, HeldOverride>;
  usage: HeldUsage[];
}

interface FactsRow {
  subscriptions: SubscriptionJson[] | null;
  overrides: { feature: string; value: FeatureValue; until: string | null }[] | null;
  usage: { feature: string; period_start: string; used: number }[] | null;
}

interface SubscriptionJson {
  status: string;
  tier: string;
  quantity: number;
  items: HeldItem[] | null;
  current_period_start: string | null;
  current_period_end: string | null;
  trial_end: string | null;
  cancel_at: string | null;
  due_at: string | null;
  pause_collection: string | null;
  dispute: string | null;
}

const OPEN = [...OPEN_DISPUTES].map((status) => `'${status}'`).join(', ');
const LIVE = LIVE_STATUSES.map((status) => `'${status}'`).join(', ');

/**
 * SQL: since when a payment of a subscription `s` is late. An invoice that is charged automatically is due when it is made.
 * The oldest open one counts: the next one of a subscription that stays past_due begins no grace anew.
 */
export const DUE_AT = `coalesce(
  (SELECT min(coalesce(i.due_date, i.issued_at)) FROM invoices i WHERE i.subscription_id = s.id AND i.status = 'open'),
  s.current_period_start)`;

/** One statement for all that is known of a payer, whatever features are asked for. */
const statement = (owner: string) => `
  SELECT
    (SELECT json_agg(held) FROM (
      SELECT DISTINCT ON (s.plan_group) s.status, s.tier, s.quantity, s.current_period_start, s.current_period_end,
        s.trial_end, coalesce(s.cancel_at, CASE WHEN s.cancel_at_period_end THEN s.current_period_end END) AS cancel_at,
        s.pause_collection_behavior AS pause_collection,
        ${DUE_AT} AS due_at,
        (SELECT p.dispute_status FROM invoices i JOIN payments p ON p.invoice_id = i.id
         WHERE i.subscription_id = s.id AND p.dispute_status IS NOT NULL
           AND i.issued_at >= s.current_period_start - interval '1 day'
         ORDER BY (p.dispute_status = 'lost') DESC, (p.dispute_status IN (${OPEN})) DESC LIMIT 1) AS dispute,
        (SELECT json_agg(json_build_object('plan', item.plan, 'quantity', coalesce(item.quantity, 1)))
         FROM subscription_items item
         WHERE item.subscription_id = s.id AND item.plan IS NOT NULL AND item.purpose = 'plan') AS items
      FROM customers c JOIN subscriptions s ON s.customer_id = c.id
      WHERE c.${owner} = $1 AND s.plan_group IS NOT NULL AND s.duplicate_of_id IS NULL
      ORDER BY s.plan_group, (s.status IN (${LIVE})) DESC, s.stripe_created DESC, s.id DESC
    ) held) AS subscriptions,
    (SELECT json_agg(json_build_object('feature', o.feature, 'value', o.value, 'until', o.until))
     FROM feature_overrides o WHERE o.${owner} = $1) AS overrides,
    (SELECT json_agg(json_build_object('feature', u.feature, 'period_start', u.period_start, 'used', u.used))
     FROM feature_usage u WHERE u.${owner} = $1) AS usage`;

/** Reads of what the entitlements of a payer follow from. */
@Injectable()
export class EntitlementsReader {
  constructor(private readonly dataSource: DataSource) {}

  async factsOf(payer: PayerKey, manager: EntityManager = this.dataSource.manager): Promise<PayerFacts> {
    const [row] = await manager.query<FactsRow[]>(statement(ownerColumn(payer)), [payer.id]);
    return {
      subscriptions: (row?.subscriptions ?? []).map(toHeld),
      overrides: new Map(
        (row?.overrides ?? []).map(({ feature, value, until }) => [feature, { value, until: dateOf(until) }]),
      ),
      usage: (row?.usage ?? []).map(({ feature, period_start: start, used }) => ({
        feature,
        periodStart: new Date(start),
        used,
      })),
    };
  }
}

function toHeld(json: SubscriptionJson): HeldSubscription {
  return {
    status: json.status,
    tier: json.tier,
    quantity: json.quantity,
    items: json.items ?? [],
    currentPeriodStart: dateOf(json.current_period_start),
    currentPeriodEnd: dateOf(json.current_period_end),
    trialEnd: dateOf(json.trial_end),
    cancelAt: dateOf(json.cancel_at),
    dueAt: dateOf(json.due_at),
    pauseCollection: json.pause_collection,
    dispute: json.dispute,
  };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
