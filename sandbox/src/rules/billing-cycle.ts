/** Calendar arithmetic of Stripe's billing cycles. Every time is whole seconds since the epoch, UTC. */

export type BillingInterval = 'day' | 'week' | 'month' | 'year';

/** How often a price recurs: every `interval_count` (1 or more) of `interval`. */
export interface Cadence {
  interval: BillingInterval;
  interval_count: number;
}

/** A billing period: `start` belongs to it, `end` is the first second of the next one. */
export interface Period {
  start: number;
  end: number;
}

/** Stripe's `billing_cycle_anchor_config`: the day (and, if given, month and time) that periods begin on. */
export interface AnchorConfig {
  day_of_month: number;
  month?: number | null;
  hour?: number | null;
  minute?: number | null;
  second?: number | null;
}

export const SECONDS_PER_DAY = 86_400;
const SECONDS_PER = { day: SECONDS_PER_DAY, week: 7 * SECONDS_PER_DAY } as const;

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

/** The instant `months` calendar months after `from` (negative: before); a day that the month lacks becomes its last day. */
export function addMonths(from: number, months: number): number {
  const date = new Date(from * 1000);
  const month = date.getUTCMonth() + months;
  const year = date.getUTCFullYear() + Math.floor(month / 12);
  const monthOfYear = ((month % 12) + 12) % 12;
  const day = Math.min(date.getUTCDate(), daysInMonth(year, monthOfYear));
  return Date.UTC(year, monthOfYear, day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()) / 1000;
}

function monthsOf(cadence: Cadence): number {
  return cadence.interval === 'year' ? 12 * cadence.interval_count : cadence.interval_count;
}

/** The instant `count` whole intervals after `anchor`. Always counted from the anchor, so 31 January → 28 February → 31 March. */
export function addIntervals(anchor: number, cadence: Cadence, count: number): number {
  if (cadence.interval === 'day' || cadence.interval === 'week') {
    return anchor + SECONDS_PER[cadence.interval] * cadence.interval_count * count;
  }
  return addMonths(anchor, monthsOf(cadence) * count);
}

function estimateIntervals(anchor: number, cadence: Cadence, at: number): number {
  if (cadence.interval === 'day' || cadence.interval === 'week') {
    return Math.floor((at - anchor) / (SECONDS_PER[cadence.interval] * cadence.interval_count));
  }
  const from = new Date(anchor * 1000);
  const to = new Date(at * 1000);
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return Math.floor(months / monthsOf(cadence));
}

/** The period aligned to `anchor` that holds the instant `at`; `at` may lie before the anchor. */
export function periodContaining(anchor: number, cadence: Cadence, at: number): Period {
  let count = estimateIntervals(anchor, cadence, at);
  while (addIntervals(anchor, cadence, count) > at) count -= 1;
  while (addIntervals(anchor, cadence, count + 1) <= at) count += 1;
  return { start: addIntervals(anchor, cadence, count), end: addIntervals(anchor, cadence, count + 1) };
}

/** The first instant after `at` that is aligned to `anchor`. */
export function nextBoundary(anchor: number, cadence: Cadence, at: number): number {
  return periodContaining(anchor, cadence, at).end;
}

/** The first period of a subscription that starts at `start`: shorter than the interval when the anchor is still ahead. */
export function firstPeriod(anchor: number, cadence: Cadence, start: number): Period {
  return { start, end: nextBoundary(anchor, cadence, start) };
}

/** The shorter of two cadences comes first. Months count 30.44 days, which orders every pair that Stripe allows to differ. */
export function compareCadences(left: Cadence, right: Cadence): number {
  return addIntervals(0, left, 1) - addIntervals(0, right, 1);
}

/** The end of a trial of `days` whole days. */
export function trialEnd(start: number, days: number): number {
  return start + days * SECONDS_PER_DAY;
}

/** The first instant at or after `start` that fits the configuration; times not given are those of `start`. */
export function anchorFromConfig(config: AnchorConfig, start: number): number {
  const from = new Date(start * 1000);
  const candidate = (months: number): number => {
    const index = from.getUTCFullYear() * 12 + from.getUTCMonth() + months;
    const year = Math.floor(index / 12);
    const month = index % 12;
    return (
      Date.UTC(
        year,
        month,
        Math.min(config.day_of_month, daysInMonth(year, month)),
        config.hour ?? from.getUTCHours(),
        config.minute ?? from.getUTCMinutes(),
        config.second ?? from.getUTCSeconds(),
      ) / 1000
    );
  };
  const fits = (instant: number): boolean =>
    instant >= start && (config.month == null || new Date(instant * 1000).getUTCMonth() + 1 === config.month);
  let months = 0;
  while (!fits(candidate(months))) months += 1;
  return candidate(months);
}
