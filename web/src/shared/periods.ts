import { type Period } from '../data/subscription-rules.js';
import { type Texts } from '../texts/en.js';

/** `per month`, `every 3 months`. */
export function perPeriod({ interval, intervalCount }: Period, { common }: Texts): string {
  return intervalCount === 1 ? common.perInterval[interval] : common.everyInterval(intervalCount, interval);
}

/** `monthly`, `every 3 months`. */
export function periodName({ interval, intervalCount }: Period, { common }: Texts): string {
  return intervalCount === 1 ? common.intervalName[interval] : common.everyInterval(intervalCount, interval);
}

/** `Monthly`, `Every 3 months`. */
export function periodTitle({ interval, intervalCount }: Period, { plans }: Texts): string {
  return intervalCount === 1 ? plans.intervalTitle[interval] : plans.everyInterval(intervalCount, interval);
}
