import type Stripe from 'stripe';
import { dateFromEpochSeconds } from '../common/clock.js';
import { idOf } from '../stripe/values.js';
import { type Columns } from '../sync/projection.js';
import { type SubscriptionSchedule } from './subscription-schedule.entity.js';
import { type Subscription } from './subscription.entity.js';
import { type PlanOfPrice, type ScheduledChange } from './subscription.mapper.js';

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;

const ENDED = new Set<unknown>(['released', 'canceled', 'completed']);

/** True for a status that a schedule never leaves. */
export function hasEnded(status: unknown): boolean {
  return ENDED.has(status);
}

/** Stripe schedule → row. What follows the current phase is the scheduled change. */
export function toScheduleColumns(
  source: Stripe.SubscriptionSchedule,
  customerId: number,
): Columns<SubscriptionSchedule> {
  const start = source.current_phase?.start_date ?? -Infinity;
  const next = hasEnded(source.status) ? undefined : source.phases.find((phase) => phase.start_date > start);
  return {
    customerId,
    stripeScheduleId: source.id,
    stripeSubscriptionId: idOf(source.subscription),
    status: source.status,
    nextStripePriceId: idOf(next?.items[0]?.price),
    nextPhaseAt: dateFromEpochSeconds(next?.start_date),
  };
}

/**
 * The change of plan that a schedule holds for its subscription; null when nothing changes.
 * @param planOf what a price sells; one that sells none of the plans is shown as `custom`
 */
export function toScheduledChange(
  row: Subscription,
  schedule: SubscriptionSchedule | undefined,
  planOf: PlanOfPrice,
): ScheduledChange | null {
  if (schedule === undefined || schedule.nextStripePriceId === null || schedule.nextPhaseAt === null) return null;
  if (schedule.nextStripePriceId === row.stripePriceId) return null;
  const plan = planOf(schedule.nextStripePriceId);
  return { tier: plan?.tier ?? 'custom', interval: plan?.interval ?? row.interval, at: schedule.nextPhaseAt };
}

/** The price that follows, and how often it bills. */
export interface NextPlan {
  priceId: string;
  interval: 'day' | 'week' | 'month' | 'year';
}

/** The current phase as it is, then the new price. A phase needs a length, the last one too: one interval of its price. */
export function phasesWithNext(schedule: Stripe.SubscriptionSchedule, { priceId, interval }: NextPlan): Phase[] {
  const current =
    schedule.phases.find((phase) => phase.start_date === schedule.current_phase?.start_date) ?? schedule.phases[0];
  if (current === undefined) throw new Error('A schedule made from a subscription has a phase');
  const discounts = current.discounts
    .map((discount) => idOf(discount.discount))
    .filter((id) => id !== null)
    .map((discount) => ({ discount }));
  const kept = discounts.length === 0 ? {} : { discounts };
  const items = current.items.map((item) => ({ price: idOf(item.price) ?? '', quantity: item.quantity ?? 1 }));
  const trial = current.trial_end === null ? {} : { trial_end: current.trial_end };
  return [
    { items, start_date: current.start_date, end_date: current.end_date, ...kept, ...trial },
    {
      items: [{ price: priceId, quantity: items[0]?.quantity ?? 1 }],
      start_date: current.end_date,
      duration: { interval },
      ...kept,
    },
  ];
}
