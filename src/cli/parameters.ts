import { UsageError } from './command.js';

const LARGEST_RATE = 100;

/** Calls to Stripe a second, as `--rate` has it. Stripe allows 25 with a test key and 100 with a live one. */
export function rateOf(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && rate <= LARGEST_RATE)) throw new UsageError(`--rate must be a number up to ${LARGEST_RATE}`);
  return rate;
}

/** A whole number from 1 to `max`. */
export function countOf(name: string, text: string, max: number): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > max)
    throw new UsageError(`--${name} must be an integer from 1 to ${max}`);
  return count;
}
