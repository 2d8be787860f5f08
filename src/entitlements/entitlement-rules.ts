import { type Catalogue, type CatalogueFeature, type CataloguePlan } from '../catalogue/catalogue.js';
import { type FeatureValue } from '../catalogue/catalogue.schema.js';
import { type EntitlementDto, type EntitlementReason } from './dto/entitlement.dto.js';
import { type UsagePeriod } from './usage-period.js';

/** An item that gives something: a plan, or an add-on. */
export interface HeldItem {
  plan: string;
  quantity: number;
}

/** A subscription as far as it says what may be used: the live one of a group, else the last one that ended. */
export interface HeldSubscription {
  /** Ours, or Stripe's where ours does not know it. */
  status: string;
  tier: string;
  /** Seats. */
  quantity: number;
  items: readonly HeldItem[];
  currentPeriodStart: Date | null;
  currentPeriodEnd: Date | null;
  trialEnd: Date | null;
  cancelAt: Date | null;
  /** When the oldest open invoice was due; null where none is known. */
  dueAt: Date | null;
  /** Stripe's word; null while it collects. */
  pauseCollection: string | null;
  /** Stripe's word for the dispute about what pays the present period. */
  dispute: string | null;
}

export interface HeldOverride {
  value: FeatureValue;
  until: Date | null;
}

export interface EntitlementPolicy {
  graceDays: number;
  disputes: 'keep' | 'block';
}

/** How a subscription stands: whether it gives what its plan says, why, and until when. */
export interface Standing {
  gives: boolean;
  reason: EntitlementReason;
  until: Date | null;
  graceUntil: Date | null;
}

const DAY = 86_400_000;
/** Stripe's words for a dispute that is not decided. */
export const OPEN_DISPUTES = new Set(['needs_response', 'under_review']);

/**
 * The rule table (docs/entitlements.md). An unknown status of Stripe's counts as active: nobody is locked out because
 * Stripe says something new.
 */
export function standingOf(held: HeldSubscription, now: Date, policy: EntitlementPolicy): Standing {
  const refused = (reason: EntitlementReason): Standing => ({ gives: false, reason, until: null, graceUntil: null });
  const given = (reason: EntitlementReason, until: Date | null): Standing => ({
    gives: true,
    reason,
    until: earlier(until, held.cancelAt),
    graceUntil: null,
  });
  if (held.status === 'canceled' || held.status === 'incomplete_expired') return refused('canceled');
  if (held.status === 'incomplete') return refused('none');
  if (held.dispute === 'lost') return refused('disputed');
  if (policy.disputes === 'block' && OPEN_DISPUTES.has(held.dispute ?? '')) return refused('disputed');
  if (held.status === 'unpaid') return refused('unpaid');
  if (held.status === 'paused' || held.pauseCollection === 'void') return refused('paused');
  if (held.status === 'trialing') return given('trial', held.trialEnd);
  if (held.status !== 'past_due') return given('plan', held.currentPeriodEnd);
  const due = held.dueAt ?? held.currentPeriodStart ?? now;
  const graceUntil = new Date(due.getTime() + policy.graceDays * DAY);
  if (graceUntil <= now) return { ...refused('past_due'), graceUntil };
  return { ...given('grace', graceUntil), graceUntil };
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

/** What a payer has of a feature, before what was used of it. */
export interface Grant {
  value: FeatureValue;
  reason: EntitlementReason;
  until: Date | null;
  graceUntil: Date | null;
  plan: string | null;
}

const STRENGTH = ['none', 'canceled', 'past_due', 'unpaid', 'paused', 'disputed'] as const;

/**
 * What all of a payer's subscriptions give of a feature: flags are joined by or, limits are added; what a subscription
 * does not give any more is left to the default plan, and what that lacks keeps the refusing reason. An override comes last.
 */
export function grantOf(
  feature: CatalogueFeature,
  held: readonly HeldSubscription[],
  override: HeldOverride | null,
  catalogue: Catalogue,
  now: Date,
  policy: EntitlementPolicy,
): Grant {
  const standings = held.map((one) => ({ held: one, standing: standingOf(one, now, policy) }));
  const gifts = standings.flatMap(({ held: one, standing }) => {
    const value = standing.gives ? valueOf(feature, one, catalogue) : false;
    return has(value) ? [{ value, ...standing, plan: one.tier }] : [];
  });
  const granted = gifts.length > 0 ? joined(gifts) : fallback(feature, standings, catalogue);
  if (override === null || (override.until !== null && override.until <= now)) return granted;
  return { ...granted, value: override.value, reason: 'override', until: override.until, graceUntil: null };
}

function joined(gifts: readonly Grant[]): Grant {
  const [first, ...others] = gifts;
  if (first === undefined) throw new Error('Something must be given to be joined');
  return others.reduce(
    (sum, one) => ({ ...sum, value: sumOf(sum.value, one.value), until: earlier(sum.until, one.until) }),
    first,
  );
}

function fallback(
  { key }: CatalogueFeature,
  standings: readonly { held: HeldSubscription; standing: Standing }[],
  catalogue: Catalogue,
): Grant {
  const plan = catalogue.defaultPlan();
  const value = plan?.features.get(key) ?? false;
  if (plan !== null && has(value))
    return { value, reason: 'default_plan', until: null, graceUntil: null, plan: plan.key };
  const refusing = standings.filter(({ standing }) => !standing.gives).map(({ standing }) => standing);
  const strongest = refusing.sort((one, other) => strengthOf(other) - strengthOf(one))[0];
  return {
    value: false,
    reason: strongest?.reason ?? 'none',
    until: null,
    graceUntil: strongest?.graceUntil ?? null,
    plan: null,
  };
}

function strengthOf({ reason }: Standing): number {
  return STRENGTH.findIndex((word) => word === reason);
}

/** What the plan and the add-ons of a subscription give of a feature. */
function valueOf(feature: CatalogueFeature, held: HeldSubscription, catalogue: Catalogue): FeatureValue {
  const plan = catalogue.plans.get(held.tier);
  const own = plan === undefined ? false : valueOfPlan(feature, plan, held.quantity);
  return held.items.reduce<FeatureValue>((sum, { plan: key, quantity }) => {
    const addOn = catalogue.plans.get(key);
    if (addOn?.isAddOn !== true) return sum;
    const value = addOn.features.get(feature.key) ?? false;
    return sumOf(sum, typeof value === 'number' ? value * quantity : value);
  }, own);
}

function valueOfPlan({ key }: CatalogueFeature, plan: CataloguePlan, quantity: number): FeatureValue {
  return plan.seats?.feature === key ? quantity : (plan.features.get(key) ?? false);
}

function has(value: FeatureValue): boolean {
  return value !== false && value !== 0;
}

function sumOf(one: FeatureValue, other: FeatureValue): FeatureValue {
  if (one === 'unlimited' || other === 'unlimited') return 'unlimited';
  if (typeof one === 'number' || typeof other === 'number') return Number(one) + Number(other);
  return one || other;
}

/** What may be used → response. */
export function toEntitlementDto(
  { key, type }: CatalogueFeature,
  grant: Grant,
  used: number,
  period: UsagePeriod,
): EntitlementDto {
  const counts = type !== 'flag';
  const limit = counts && grant.value !== 'unlimited' ? Number(grant.value) : null;
  const remaining = limit === null ? null : Math.max(0, limit - used);
  const isUsedUp = remaining === 0 && has(grant.value);
  return {
    feature: key,
    allowed: has(grant.value) && !isUsedUp,
    reason: isUsedUp ? 'limit_reached' : has(grant.value) || grant.reason !== 'default_plan' ? grant.reason : 'none',
    until: grant.until?.toISOString() ?? null,
    grace_until: grant.graceUntil?.toISOString() ?? null,
    limit,
    used: counts ? used : 0,
    remaining,
    resets_at: counts ? (period.end?.toISOString() ?? null) : null,
    plan: grant.plan,
    source: 'service',
  };
}
