import { BillingError } from './billing-error.js';
import { fromWire, toWire } from './mapping.js';
import type * as Model from './models.js';
import { type ApiRequest, type RequestOptions } from './transport.js';

export interface Call extends RequestOptions {
  id?: number | string;
  /** Of a member of an organization. */
  sub?: string;
  /** Of the catalogue. */
  feature?: string;
  query?: object;
  body?: object;
}

const BASE = '/api/v1/billing';
const LARGEST_PAGE = 100;

/** One request of the API; `path` below the base path, with its parameters in braces. */
export function requestOf(
  method: ApiRequest['method'],
  path: string,
  { id, sub, feature, query, body, ...options }: Call,
): ApiRequest {
  const named = path
    .replace('{sub}', encodeURIComponent(String(sub)))
    .replace('{feature}', encodeURIComponent(String(feature)));
  return {
    method,
    path: BASE + named.replace('{id}', encodeURIComponent(String(id))),
    ...(query === undefined ? {} : { query: toWire(query) as ApiRequest['query'] }),
    ...(body === undefined ? {} : { body: toWire(body) }),
    ...options,
  };
}

/** The body of an answer in the client's words. */
export async function answerOf<Answer>(response: Response): Promise<Answer> {
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    throw new BillingError(
      'The server sent an answer that cannot be read',
      { code: 'invalid_answer', status: response.status },
      { cause },
    );
  }
  return fromWire(body) as Answer;
}

/** Every item of a list, page by page. */
export async function* each<Item extends { id: number }>(
  fetchPage: (page: Model.PageQuery) => Promise<Model.Page<Item>>,
): AsyncGenerator<Item, void> {
  let startingAfter: number | undefined;
  for (;;) {
    const { items, hasMore } = await fetchPage({ limit: LARGEST_PAGE, startingAfter });
    yield* items;
    const last = items.at(-1);
    if (!hasMore || last === undefined) return;
    startingAfter = last.id;
  }
}
