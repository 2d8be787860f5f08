import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type BillingInterval, type Cadence, addIntervals, compareCadences } from '../../rules/billing-cycle.js';
import { prices } from '../price/price-type.js';
import { cadenceOf } from '../subscription-item/item-periods.js';
import { subscriptionSchedules } from '../subscription-schedule/subscription-schedule-type.js';
import { isTerminal, subscriptions } from '../subscription/subscription-type.js';
import { type TestClock, testClocks } from './test-clock-type.js';

/** How far a clock without subscriptions can be advanced. */
const WITHOUT_SUBSCRIPTIONS: Cadence = { interval: 'year', interval_count: 1 };
const INTERVALS_AT_ONCE = 2;

/** The cadences of all that recurs on a test clock. */
function cadencesOn(context: Context, clock: TestClock): Cadence[] {
  const running = context
    .objects(subscriptions)
    .where('test_clock', clock.id)
    .filter((subscription) => !isTerminal(subscription))
    .flatMap((subscription) => subscription.items.data.map(cadenceOf));
  const scheduled = context
    .objects(subscriptionSchedules)
    .where('test_clock', clock.id)
    .filter((schedule) => schedule.status === 'not_started')
    .flatMap((schedule) => schedule.phases.flatMap((phase) => phase.items))
    .flatMap((item) => context.objects(prices).get(item.price)?.recurring ?? [])
    .map((recurring) => ({
      interval: recurring.interval as BillingInterval,
      interval_count: recurring.interval_count,
    }));
  return [...running, ...scheduled];
}

/** The latest time that a clock can be advanced to at once. */
function latestTarget(context: Context, clock: TestClock): number {
  const [shortest = WITHOUT_SUBSCRIPTIONS] = cadencesOn(context, clock).sort(compareCadences);
  return addIntervals(clock.frozen_time, shortest, INTERVALS_AT_ONCE);
}

/** `1732320000 (2024-11-23 00:00:00 UTC)`. */
function momentText(seconds: number): string {
  const [day, time = ''] = new Date(seconds * 1_000).toISOString().split('T');
  return `${seconds} (${day} ${time.slice(0, 8)} UTC)`;
}

function checkTarget(context: Context, clock: TestClock, target: number): void {
  const param = 'frozen_time';
  if (target <= clock.frozen_time) {
    throw invalidRequest(
      `The frozen time of this clock is ${momentText(clock.frozen_time)}. You can only advance it to a later time.`,
      { param },
    );
  }
  const latest = latestTarget(context, clock);
  if (target <= latest) return;
  throw invalidRequest(
    `The frozen time of this clock is ${momentText(clock.frozen_time)}. You can only advance it up to ` +
      `${momentText(latest)}. You can only advance a test clock up to two intervals from the current frozen time at a ` +
      `time, based on the shortest subscription interval in the test clock. For example, if a test clock has a monthly ` +
      `and yearly subscription, you may only advance up to two months at a time. If the test clock has no subscriptions ` +
      `or subscription schedules, you can advance up to 2 years from the current frozen time.`,
    { param },
  );
}

/** Begins to advance a test clock; the kernel runs what falls due once this is committed, and then calls `arrive`. */
export function startAdvancing(context: Context, clock: TestClock, target: number): TestClock {
  if (clock.status !== 'ready') {
    throw invalidRequest(`You can only advance a test clock that is ready; this one is ${clock.status}.`);
  }
  checkTarget(context, clock, target);
  const after = context.objects(testClocks).update(clock.id, {
    status: 'advancing',
    status_details: { advancing: { target_frozen_time: target } },
  });
  context.emit('test_helpers.test_clock.advancing', after);
  return after;
}

/** The moment that an advancing clock goes to, or null when it stands still. */
export function targetOf(clock: TestClock): number | null {
  return clock.status === 'advancing' ? (clock.status_details.advancing?.target_frozen_time ?? null) : null;
}

/**
 * A test clock has arrived where it was advanced to: everything until then was run. Emits `….ready`, or
 * `….internal_failure` when some of the work failed.
 */
export function arrive(context: Context, id: string, succeeded: boolean): void {
  const clock = context.objects(testClocks).get(id);
  const target = clock === undefined ? null : targetOf(clock);
  if (clock === undefined || target === null) return;
  const status = succeeded ? 'ready' : 'internal_failure';
  const after = context.objects(testClocks).update(id, { frozen_time: target, status, status_details: {} });
  context.emit(`test_helpers.test_clock.${status}`, after);
}
