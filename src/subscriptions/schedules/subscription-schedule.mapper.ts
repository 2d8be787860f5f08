import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import { type BillingInterval } from '../../catalogue/catalogue.schema.js';
import { type AddOnChoice } from '../../catalogue/composition.js';
import { type FindPlan, type PriceKnowledge as SoldKnowledge } from '../../catalogue/plan-of-price.js';
import { type BillingPeriod } from '../../catalogue/price.mapper.js';
import { PAYER_KEYS } from '../../customers/payer-metadata.js';
import { dateFromEpochSeconds } from '../../common/clock.js';
import { storableInteger } from '../../common/storable.js';
import { idOf } from '../../stripe/values.js';
import { type Columns } from '../../sync/projection.js';
import { planItemOf, referenceTo } from '../plan-item.mapper.js';
import { addOnsOf, addOnsOfRow, isSameAddOns, quantityOf, sortItems } from '../subscription-items.mapper.js';
import { type TargetLines } from '../target-lines.js';
import { type Drawn, type SubscriptionSchedule } from './subscription-schedule.entity.js';
import { TIER_OF_NO_PLAN, type Subscription } from '../subscription.entity.js';
import { type ScheduledChange, toInterval } from '../subscription.mapper.js';

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;
type PhaseItem = Stripe.SubscriptionScheduleUpdateParams.Phase.Item;

const ENDED = new Set<unknown>(['released', 'canceled', 'completed']);

/** True for a status that a schedule never leaves. */
export function hasEnded(status: unknown): boolean {
  return ENDED.has(status);
}

/** What the catalogue and Stripe say of prices. */
export interface PriceKnowledge extends SoldKnowledge {
  /** Null where it is not known. */
  periodOf: (priceId: string) => BillingPeriod | null;
}

/** Stripe schedule → row. What follows the current phase is the scheduled change. */
export function toScheduleColumns(
  source: Stripe.SubscriptionSchedule,
  customerId: number,
  knowledge: PriceKnowledge,
): Columns<SubscriptionSchedule> {
  const next = hasEnded(source.status) ? undefined : nextPhaseOf(source);
  return {
    customerId,
    stripeScheduleId: source.id,
    stripeSubscriptionId: idOf(source.subscription),
    status: source.status,
    ...nextColumns(next, knowledge),
    nextPhaseAt: dateFromEpochSeconds(next?.start_date),
    drawn: drawnOf(source),
  };
}

/** Columns of a schedule that changes nothing any more. */
export const NOTHING_FOLLOWS = {
  nextStripePriceId: null,
  nextTier: null,
  nextInterval: null,
  nextIntervalCount: null,
  nextQuantity: null,
  nextAddOns: null,
  nextPhaseAt: null,
};

function nextColumns(
  next: Stripe.SubscriptionSchedule.Phase | undefined,
  knowledge: PriceKnowledge,
): Columns<SubscriptionSchedule> {
  const sorted = sortItems(next?.items ?? [], knowledge);
  if (sorted.plan === undefined) return NOTHING_FOLLOWS;
  const price = referenceTo(sorted.plan.price);
  const period = knowledge.periodOf(price.id);
  return {
    nextStripePriceId: price.id,
    nextTier: knowledge.findPlan(price)?.tier ?? TIER_OF_NO_PLAN,
    nextInterval: period?.interval ?? null,
    nextIntervalCount: period?.intervalCount ?? null,
    nextQuantity: storableInteger(quantityOf(sorted)),
    nextAddOns: addOnsOf(sorted),
  };
}

/** What a change that waits leads to. What is null is carried along from what the subscription has then. */
export interface ScheduledState {
  /** `price_…` of the plan. */
  price: string;
  quantity: number | null;
  addOns: readonly AddOnChoice[] | null;
}

/** What is to wait again once a change that held it up was paid, or was given up. */
export interface HeldUpState {
  state: ScheduledState;
  /** What waited before that change. */
  before: ScheduledState | null;
  /** The phases of a schedule that somebody else had made. */
  phases: Phase[] | null;
}

/** The change that waits in a schedule; null when none does. */
export function scheduledStateOf(schedule: SubscriptionSchedule | null): ScheduledState | null {
  if (schedule === null || schedule.nextStripePriceId === null) return null;
  const { nextStripePriceId: price, nextQuantity, nextAddOns, drawn } = schedule;
  const sets = drawn?.sets ?? [];
  return {
    price,
    quantity: sets.includes('quantity') ? nextQuantity : null,
    addOns: sets.includes('add_ons') ? nextAddOns : null,
  };
}

/** Stripe keeps with the schedule how it was drawn, so that it outlives the row. */
export function metadataOf({ basis, next, sets = [] }: Drawn): Stripe.MetadataParam {
  return { drawn_basis: basis, drawn_next: next, drawn_sets: sets.join() };
}

function drawnOf({ metadata }: Stripe.SubscriptionSchedule): Drawn | null {
  const { drawn_basis: basis, drawn_next: next, drawn_sets: names = '' } = metadata ?? {};
  if (basis === undefined || next === undefined) return null;
  const sets = (['quantity', 'add_ons'] as const).filter((name) => names.split(',').includes(name));
  return { basis, next, ...(sets.length === 0 ? {} : { sets }) };
}

/** The phase after the current one; undefined when none follows. */
function nextPhaseOf(source: Stripe.SubscriptionSchedule): Stripe.SubscriptionSchedule.Phase | undefined {
  const start = source.current_phase?.start_date ?? -Infinity;
  return source.phases.find((phase) => phase.start_date > start);
}

/** The prices of what follows the current phase. */
export function nextPricesOf(source: Stripe.SubscriptionSchedule): ReturnType<typeof referenceTo>[] {
  return (nextPhaseOf(source)?.items ?? []).map(({ price }) => referenceTo(price));
}

/** The change of plan that a schedule holds for its subscription; null when nothing changes. */
export function toScheduledChange(
  row: Subscription,
  schedule: SubscriptionSchedule | undefined,
  { findPlan, periodOf }: PriceKnowledge,
): ScheduledChange | null {
  if (schedule === undefined || schedule.nextStripePriceId === null || schedule.nextPhaseAt === null) return null;
  const id = schedule.nextStripePriceId;
  const { nextQuantity: quantity, nextAddOns: addOns } = schedule;
  const isSame =
    (quantity === null || quantity === row.quantity) && (addOns === null || isSameAddOns(addOns, addOnsOfRow(row)));
  if (id === row.stripePriceId && isSame) return null;
  // Rows of the release before have only the price.
  const tier = schedule.nextTier ?? findPlan({ id, product: null })?.tier ?? TIER_OF_NO_PLAN;
  const known = periodOf(id);
  const interval = schedule.nextInterval ?? known?.interval ?? null;
  return {
    tier,
    interval: interval === null ? row.interval : toInterval(interval),
    intervalCount: schedule.nextIntervalCount ?? known?.intervalCount ?? 1,
    quantity: quantity ?? row.quantity,
    addOns: addOns ?? addOnsOfRow(row),
    at: schedule.nextPhaseAt,
  };
}

/** What follows, and how often its plan bills. */
export interface NextPlan extends TargetLines<Stripe.SubscriptionItem> {
  interval: BillingInterval;
  intervalCount: number;
}

/**
 * The subscription as it is until the period of its plan ends, then with other items of the catalogue. A phase replaces all
 * that it can say: what it does not repeat of the subscription would be taken away. A phase needs a length, the last one
 * too: one interval of its price.
 */
export function phasesWithNext(
  schedule: Stripe.SubscriptionSchedule,
  subscription: Stripe.Subscription,
  next: NextPlan,
  findPlan: FindPlan,
): Phase[] {
  const { lines, removed, interval, intervalCount } = next;
  const plan = planItemOf(subscription.items.data, findPlan);
  const start = schedule.current_phase?.start_date ?? schedule.phases[0]?.start_date;
  if (plan === undefined || start === undefined) throw new Error('A schedule made from a subscription has a phase');
  const end = plan.current_period_end;
  const trial = subscription.status === 'trialing' && subscription.trial_end !== null;
  const items = subscription.items.data.map((item) => toPhaseItem(item));
  const changed = [
    ...subscription.items.data
      .filter((item) => !removed.includes(item))
      .map((item) => {
        const line = lines.find((one) => one.item === item);
        return { ...toPhaseItem(item), ...(line === undefined ? {} : { price: line.price, quantity: line.quantity }) };
      }),
    ...lines.filter(({ item }) => item === null).map(({ price, quantity }) => ({ price, quantity })),
  ];
  const kept = { currency: subscription.currency, ...whoseOf(subscription), ...keptSettings(subscription) };
  return [
    { items, start_date: start, end_date: end, ...kept, ...(trial ? { trial_end: end } : {}) },
    {
      items: changed,
      start_date: end,
      duration: { interval, interval_count: intervalCount },
      proration_behavior: 'none',
      ...(beginsAnew(subscription, plan, next) ? { billing_cycle_anchor: 'phase_start' } : {}),
      ...kept,
    },
  ];
}

/** The keys that say whose the subscription is; what does not have them, which we did not sell, gets none. */
function whoseOf({ metadata }: Stripe.Subscription): { metadata?: Stripe.MetadataParam } {
  const keys = Object.entries(metadata).filter(([key]) => PAYER_KEYS.includes(key));
  return keys.length === 0 ? {} : { metadata: Object.fromEntries(keys) };
}

/**
 * Whether the first period of what follows begins with it. Stripe never moves the anchor by itself (flexible billing mode):
 * a month that becomes a year would end at the next anniversary, for a part of the price. Not where the period of
 * something else is still under way then, which would be cut off.
 */
function beginsAnew(
  { items }: Stripe.Subscription,
  { price, current_period_end: end }: Stripe.SubscriptionItem,
  { lines, removed, interval, intervalCount }: NextPlan,
): boolean {
  const staysInPeriod = price.recurring?.interval === interval && price.recurring.interval_count === intervalCount;
  const others = items.data.filter((item) => !removed.includes(item) && !lines.some((line) => line.item === item));
  return !staysInPeriod && others.every((item) => item.current_period_end === end);
}

/** The phases that follow the current one, as they are. */
export function laterPhases(schedule: Stripe.SubscriptionSchedule): Phase[] {
  const start = schedule.current_phase?.start_date ?? Infinity;
  return schedule.phases.filter((phase) => phase.start_date > start).map(toPhase);
}

/** A phase as Stripe has it → the parameters that make the same. */
export function toPhase(phase: Stripe.SubscriptionSchedule.Phase): Phase {
  return {
    items: phase.items.map((item) => toPhaseItem(item)),
    start_date: phase.start_date,
    end_date: phase.end_date,
    currency: phase.currency,
    proration_behavior: phase.proration_behavior,
    ...(phase.billing_cycle_anchor === null ? {} : { billing_cycle_anchor: phase.billing_cycle_anchor }),
    ...(phase.trial_end === null ? {} : { trial_end: phase.trial_end }),
    ...(isEmpty(phase.metadata) ? {} : { metadata: phase.metadata ?? {} }),
    ...keptSettings(phase),
  };
}

/** What the phases repeat of a subscription, in short: another one means that they are to be drawn anew. */
export function basisOf(subscription: Stripe.Subscription, findPlan: FindPlan): string {
  const { current_period_end: end } = planItemOf(subscription.items.data, findPlan) ?? {};
  return hashOf({
    end,
    items: subscription.items.data.map((item) => toPhaseItem(item)),
    ...keptSettings(subscription),
  });
}

/** The items of what follows the current phase, in short: whether somebody else changed them. */
export function nextItemsOf(schedule: Stripe.SubscriptionSchedule): string {
  return shortItems(nextPhaseOf(schedule)?.items ?? []);
}

/** The same of phases that are yet to be sent. */
export function lastItemsOf(phases: readonly Phase[]): string {
  return shortItems(phases.at(-1)?.items ?? []);
}

function shortItems(items: readonly { price?: string | { id: string }; quantity?: number }[]): string {
  return hashOf(items.map(({ price, quantity }) => [idOf(price), quantity]));
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** An item of a subscription or of a phase. */
interface AnyItem {
  price: string | { id: string };
  quantity?: number | undefined;
  metadata: Stripe.Metadata | null;
  discounts?: readonly (string | { id?: string; discount?: string | { id: string } | null })[];
  tax_rates?: readonly (string | { id: string })[] | null;
}

function toPhaseItem({ price, quantity, metadata, discounts, tax_rates: taxRates }: AnyItem): PhaseItem {
  return {
    price: idOf(price),
    ...(quantity === undefined ? {} : { quantity }),
    ...(metadata === null || isEmpty(metadata) ? {} : { metadata }),
    ...named('discounts', toDiscounts(discounts ?? [])),
    ...named('tax_rates', idsOf(taxRates ?? [])),
  };
}

/** What a phase says of the whole subscription. Metadata are not among it: Stripe merges them and keeps what it has. */
function keptSettings(source: Stripe.Subscription | Stripe.SubscriptionSchedule.Phase): Partial<Phase> {
  const card = idOf(source.default_payment_method);
  const days = 'days_until_due' in source ? source.days_until_due : (source.invoice_settings?.days_until_due ?? null);
  return {
    ...named('discounts', toDiscounts(source.discounts)),
    ...named('default_tax_rates', idsOf(source.default_tax_rates ?? [])),
    ...(card === null ? {} : { default_payment_method: card }),
    ...(source.collection_method === 'send_invoice' ? { collection_method: 'send_invoice' } : {}),
    ...(days === null ? {} : { invoice_settings: { days_until_due: days } }),
  };
}

/** A running discount by its id, so that its time goes on; one that is yet to begin as it was given. */
function toDiscounts(
  discounts: NonNullable<AnyItem['discounts']>,
): Stripe.SubscriptionScheduleUpdateParams.Phase.Discount[] {
  return discounts.flatMap((entry) => {
    if (typeof entry === 'string') return [{ discount: entry }];
    if (entry.id !== undefined) return [{ discount: entry.id }];
    const { discount, coupon, promotion_code: code } = entry as Stripe.SubscriptionSchedule.Phase.Discount;
    const given = { discount: idOf(discount), coupon: idOf(coupon), promotion_code: idOf(code) };
    const [name] = (['discount', 'promotion_code', 'coupon'] as const).filter((key) => given[key] !== null);
    return name === undefined ? [] : [{ [name]: given[name] }];
  });
}

function idsOf(references: readonly (string | { id: string })[]): string[] {
  return references.map((reference) => idOf(reference));
}

function named<Name extends string, Value>(name: Name, values: Value[]): { [Key in Name]?: Value[] } {
  return values.length === 0 ? {} : ({ [name]: values } as { [Key in Name]?: Value[] });
}

function isEmpty(metadata: object | null | undefined): boolean {
  return metadata === null || metadata === undefined || Object.keys(metadata).length === 0;
}
