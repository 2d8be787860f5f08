import { InvalidArgumentError } from '@commander-js/extra-typings';

const LARGEST_RATE = 100;

/** Calls to Stripe a second, as `--rate` has it. Stripe allows 25 with a test key and 100 with a live one. */
export function rateOf(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && rate <= LARGEST_RATE)) throw new InvalidArgumentError(`It must be a number up to ${LARGEST_RATE}.`);
  return rate;
}

/** Reads a whole number from 1 to `max`. */
export function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > max)
      throw new InvalidArgumentError(`It must be an integer from 1 to ${max}.`);
    return count;
  };
}

export function addressOf(text: string): string {
  if (!URL.canParse(text)) throw new InvalidArgumentError('It must be an address.');
  return text;
}

export function notBlank(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be blank.');
  return text;
}

/** A text as a column of 100 characters can hold it. */
export function shortText(text: string): string {
  if (text.length > 100) throw new InvalidArgumentError('It must not be longer than 100 characters.');
  return notBlank(text);
}
