import { type CatalogueFeature } from '../catalogue/catalogue.js';

/** The time in which what is used is added up. */
export interface UsagePeriod {
  start: Date;
  /** Null: it never ends. */
  end: Date | null;
  /** Present where Stripe says when it ends, and not the calendar. */
  bySubscription?: true;
}

const EVER = new Date(0);
const DAY = 86_400_000;

/**
 * The period of a feature that a moment falls into: a calendar interval in UTC (weeks begin on Monday, ISO 8601), or the
 * period of the subscription that gives it.
 */
export function periodOf(
  { reset }: Pick<CatalogueFeature, 'reset'>,
  now: Date,
  subscription: { currentPeriodStart: Date | null; currentPeriodEnd: Date | null } | null,
): UsagePeriod {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const midnight = Date.UTC(year, month, day);
  switch (reset) {
    case 'never':
      return { start: EVER, end: null };
    case 'day':
      return { start: new Date(midnight), end: new Date(midnight + DAY) };
    case 'week': {
      const monday = midnight - ((now.getUTCDay() + 6) % 7) * DAY;
      return { start: new Date(monday), end: new Date(monday + 7 * DAY) };
    }
    case 'year':
      return { start: new Date(Date.UTC(year, 0)), end: new Date(Date.UTC(year + 1, 0)) };
    case 'period':
      if (subscription?.currentPeriodStart != null)
        return { start: subscription.currentPeriodStart, end: subscription.currentPeriodEnd, bySubscription: true };
      return monthOf(year, month);
    case 'month':
      return monthOf(year, month);
  }
}

function monthOf(year: number, month: number): UsagePeriod {
  return { start: new Date(Date.UTC(year, month)), end: new Date(Date.UTC(year, month + 1)) };
}
