import { type ReadContext } from '../kernel/object-type.js';
import { type Collection } from '../store/collection.js';
import { type ObjectType } from '../kernel/object-type.js';
import { type StoredObject } from '../store/object-kind.js';
import { either, hash, integer, string, timestamp } from './parameters.js';
import { invalidRequest } from '../errors/stripe-error.js';

/** The parameters of every list call. */
export const pagination = {
  limit: integer({ min: 1, max: 100 }),
  starting_after: string(),
  ending_before: string(),
};

/** A filter on a time: a moment, or `gt`, `gte`, `lt`, `lte`. */
export const range = either(
  hash({ gt: timestamp(), gte: timestamp(), lt: timestamp(), lte: timestamp() }),
  timestamp(),
);

export interface Page {
  readonly limit?: number;
  readonly starting_after?: string;
  readonly ending_before?: string;
}

export type Range =
  number | { readonly gt?: number; readonly gte?: number; readonly lt?: number; readonly lte?: number };

/** Whether a time lies within a filter; an absent filter lets everything pass. */
export function inRange(value: number | null | undefined, filter: Range | undefined): boolean {
  if (filter === undefined) return true;
  if (value === null || value === undefined) return false;
  if (typeof filter === 'number') return value === filter;
  return (
    value > (filter.gt ?? -Infinity) &&
    value >= (filter.gte ?? -Infinity) &&
    value < (filter.lt ?? Infinity) &&
    value <= (filter.lte ?? Infinity)
  );
}

/**
 * Returns one page of a collection, newest first.
 * @param options.url path of the list, e.g. `/v1/customers`
 * @param options.among objects to choose from, oldest first (e.g. from an index); default: the whole collection
 * @param options.filter which of them are listed
 */
export function listPage<T extends StoredObject>(
  context: ReadContext,
  type: ObjectType<T>,
  page: Page,
  options: { url: string; among?: readonly T[]; filter?: (record: T) => boolean },
): object {
  const collection = context.objects(type);
  const newestFirst = options.among === undefined ? collection.newestFirst() : [...options.among].reverse();
  const { records, hasMore } = choose(collection, newestFirst, page, options.filter ?? (() => true));
  return {
    object: 'list',
    data: records.map((record) => context.present(record)),
    has_more: hasMore,
    url: options.url,
  };
}

/** One page of an array that is complete already, e.g. the lines of an invoice, in the array's order. */
export function arrayPage(all: readonly { id: string; object: string }[], page: Page, url: string): object {
  const limit = page.limit ?? 10;
  const cursor = page.starting_after ?? page.ending_before;
  const position = cursor === undefined ? -1 : all.findIndex((entry) => entry.id === cursor);
  if (cursor !== undefined && position === -1) throw noSuchCursor(all[0]?.object ?? 'object', cursor, page);
  const range =
    page.ending_before === undefined ? all.slice(position + 1) : all.slice(Math.max(0, position - limit), position);
  const hasMore = page.ending_before === undefined ? range.length > limit : position > limit;
  return { object: 'list', data: range.slice(0, limit), has_more: hasMore, url };
}

function choose<T extends StoredObject>(
  collection: Collection<T>,
  newestFirst: Iterable<T>,
  page: Page,
  filter: (record: T) => boolean,
): { records: T[]; hasMore: boolean } {
  if (page.starting_after !== undefined && page.ending_before !== undefined) {
    throw invalidRequest('You cannot specify both starting_after and ending_before.');
  }
  const cursor = page.starting_after ?? page.ending_before;
  if (cursor !== undefined && collection.get(cursor) === undefined) {
    throw noSuchCursor(collection.type.title ?? collection.type.object, cursor, page);
  }
  const limit = page.limit ?? 10;
  if (page.ending_before !== undefined) return chooseBefore(newestFirst, page.ending_before, limit, filter);
  const records: T[] = [];
  let started = page.starting_after === undefined;
  for (const record of newestFirst) {
    if (!started) started = record.id === page.starting_after;
    else if (filter(record)) {
      if (records.length === limit) return { records, hasMore: true };
      records.push(record);
    }
  }
  return { records, hasMore: false };
}

/** The `limit` objects just before the cursor. */
function chooseBefore<T extends StoredObject>(
  newestFirst: Iterable<T>,
  cursor: string,
  limit: number,
  filter: (record: T) => boolean,
): { records: T[]; hasMore: boolean } {
  const before: T[] = [];
  for (const record of newestFirst) {
    if (record.id === cursor) break;
    if (filter(record)) before.push(record);
  }
  return { records: before.slice(-limit), hasMore: before.length > limit };
}

function noSuchCursor(title: string, cursor: string, page: Page): Error {
  return invalidRequest(`No such ${title}: '${cursor}'`, {
    code: 'resource_missing',
    param: page.starting_after === undefined ? 'ending_before' : 'starting_after',
  });
}
