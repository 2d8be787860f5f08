import { isDeepStrictEqual } from 'node:util';

type Fields = { readonly [name: string]: unknown };

/**
 * What `previous_attributes` of an update shows: the old values of the fields that differ. Within nested objects only
 * the fields that differ; arrays and lists as a whole; null for fields that did not exist. Undefined when nothing
 * differs.
 */
export function previousAttributes(before: object, after: object): Fields | undefined {
  const old = before as Fields;
  const current = after as Fields;
  const previous: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(old), ...Object.keys(current)])) {
    const from = old[name];
    const to = current[name];
    if (from === to || isDeepStrictEqual(from, to)) continue;
    previous[name] = isHash(from) && isHash(to) ? previousAttributes(from, to) : (from ?? null);
  }
  return Object.keys(previous).length === 0 ? undefined : previous;
}

function isHash(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('object' in value);
}
