import { divideRounded } from './amounts.js';
import { type Period } from './billing-cycle.js';

/** What was already debited for a period: an earlier line's amount after its discounts, in minor units. */
export interface Debit {
  amount: number;
  period: Period;
}

/** Both sides of a change within a period, in minor units: `credit` is zero or below, `debit` zero or above. */
export interface Proration {
  credit: number;
  debit: number;
}

/** The part of `amount` that falls on the time from `at` to the end of `period`, to the second, halves rounded up. */
export function remainingPart(amount: number, period: Period, at: number): number {
  const length = period.end - period.start;
  if (length <= 0 || at >= period.end) return 0;
  const left = period.end - Math.max(at, period.start);
  return divideRounded(BigInt(amount) * BigInt(left), BigInt(length));
}

/** The credit for the unused time of what was debited; zero or below. Discounts are in it, since the debit is net of them. */
export function unusedTime(debit: Debit, at: number): number {
  const credit = remainingPart(debit.amount, debit.period, at);
  return credit === 0 ? 0 : -credit;
}

/**
 * A change of price or quantity at `at`: credit for the unused time of the old debit, debit of the new amount for
 * `newPeriod`. Within the same period the debit covers the rest of it; with the anchor reset to `at` the new period
 * begins there and the debit is a full one.
 */
export function changeProration(old: Debit, newAmount: number, newPeriod: Period, at: number): Proration {
  return { credit: unusedTime(old, at), debit: remainingPart(newAmount, newPeriod, at) };
}
