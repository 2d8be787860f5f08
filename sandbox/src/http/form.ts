import qs from 'qs';
import { invalidRequest } from '../errors/stripe-error.js';

/** A decoded form value: text, a list or a nested object, before it is checked against the route's parameters. */
export type RawValue = string | RawValue[] | { [key: string]: RawValue };
export type RawParameters = { [key: string]: RawValue };

const LIMITS = {
  depth: 12,
  strictDepth: true,
  parameterLimit: 2_000,
  arrayLimit: 500,
  throwOnLimitExceeded: true,
  plainObjects: true,
  ignoreQueryPrefix: true,
} as const;

/** Decodes `application/x-www-form-urlencoded` text with nested keys and arrays. Throws a 400 StripeError. */
export function decodeForm(text: string): RawParameters {
  if (text.includes('\0') || text.includes('%00')) throw invalidRequest('Invalid request: null bytes are not allowed.');
  if (!isWellEncoded(text)) throw invalidRequest('Invalid request: the percent-encoding is malformed.');
  try {
    return qs.parse(text, LIMITS) as RawParameters;
  } catch {
    throw invalidRequest('Invalid request: the parameters are nested too deeply or are too many.');
  }
}

function isWellEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The list that a raw value stands for: `a[]=x`, `a[0]=x` or, with sparse indexes, an object with numeric keys. */
export function rawList(value: RawValue): RawValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return undefined;
  const keys = Object.keys(value);
  if (!keys.every((key) => /^\d{1,9}$/.test(key))) return undefined;
  return keys
    .sort((left, right) => Number(left) - Number(right))
    .flatMap((key) => (value[key] === undefined ? [] : [value[key]]));
}
