import { createHash } from 'node:crypto';
import { idOf } from '../stripe/values.js';

/** What the inbox needs to know of a delivery. */
export interface EventFacts {
  /** `evt_…`, or `sha256:` and the hash of the bytes for what is no event. */
  eventId: string;
  /** Without the `v1.` of thin events; null for what is no event. */
  type: string | null;
  objectId: string | null;
  stripeCustomerId: string | null;
  apiVersion: string | null;
  livemode: boolean | null;
  /** Seconds, Stripe's clock. */
  created: number | null;
  /** The connected account that the event comes from; null for our own. */
  account: string | null;
}

/** The content of a delivery, as far as it is an event of either kind. */
export interface StripeEvent extends EventFacts {
  type: string;
  /** The object as it was when the event happened; null in a thin event. */
  object: Record<string, unknown> | null;
  /** Of a thin event: what it is about. */
  related: { id: string; type: string; url: string } | null;
}

const MAX_TEXT = 255;

/** Reads a delivery; null when it is no event. Never throws: a signed delivery is kept, whatever it holds. */
export function readEvent(body: Buffer): StripeEvent | null {
  const event = parseObject(body);
  const eventId = text(event?.id);
  const type = text(event?.type);
  if (event === null || eventId === null || type === null) return null;
  const common = {
    eventId,
    type,
    apiVersion: text(event.api_version),
    livemode: typeof event.livemode === 'boolean' ? event.livemode : null,
    account: text(event.account),
  };
  return event.object === 'v2.core.event' ? readThin(event, common) : readSnapshot(event, common);
}

/** The facts of a delivery that is no event. */
export function unreadable(body: Buffer): EventFacts {
  const hash = createHash('sha256').update(body).digest('hex');
  const unknown = { type: null, objectId: null, stripeCustomerId: null, apiVersion: null, livemode: null };
  return { eventId: `sha256:${hash}`, ...unknown, created: null, account: null };
}

type CommonFacts = Pick<StripeEvent, 'eventId' | 'type' | 'apiVersion' | 'livemode' | 'account'>;

function readSnapshot(event: Record<string, unknown>, common: CommonFacts): StripeEvent | null {
  const object = asObject(asObject(event.data)?.object);
  if (object === null) return null;
  const objectId = text(object.id);
  const customer = idOf(object.customer as string | { id: string } | null | undefined);
  const created = Number.isSafeInteger(event.created) ? (event.created as number) : null;
  return {
    ...common,
    object,
    related: null,
    created,
    objectId,
    stripeCustomerId: object.object === 'customer' ? objectId : text(customer),
  };
}

/** A thin event names its object only (https://docs.stripe.com/event-destinations). */
function readThin(event: Record<string, unknown>, common: CommonFacts): StripeEvent {
  const related = asObject(event.related_object);
  const id = text(related?.id);
  const type = text(related?.type);
  const url = text(related?.url);
  const created = Date.parse(String(event.created));
  return {
    ...common,
    type: common.type.replace(/^v1\./, ''),
    object: null,
    related: id === null || type === null || url === null ? null : { id, type, url },
    created: Number.isNaN(created) ? null : Math.floor(created / 1000),
    objectId: id,
    stripeCustomerId: type === 'customer' ? id : null,
  };
}

function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(body.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** A text that a column takes; PostgreSQL refuses NUL. */
function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && !value.includes('\0') ? value : null;
}
