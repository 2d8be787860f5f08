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
  /** Seconds, Stripe's clock, within EARLIEST and LATEST; null: not known. */
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

/** Characters that the columns take. */
const MAX_TEXT = 255;
const MAX_API_VERSION = 100;
/** No event is older than Stripe, or of a time that PostgreSQL cannot compute with: from 2000 to 2100, in seconds. */
const EARLIEST = 946_684_800;
const LATEST = 4_102_444_800;

/** Reads a delivery; null when it is no event. Never throws: a signed delivery is kept, whatever it holds. */
export function readEvent(body: Buffer): StripeEvent | null {
  const event = parseObject(body);
  const eventId = text(event?.id);
  const type = text(event?.type);
  if (event === null || eventId === null || type === null) return null;
  const common = {
    eventId,
    type,
    apiVersion: text(event.api_version, MAX_API_VERSION),
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
  return {
    ...common,
    object,
    related: null,
    created: moment(event.created),
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
  return {
    ...common,
    type: common.type.replace(/^v1\./, ''),
    object: null,
    related: id === null || type === null || url === null ? null : { id, type, url },
    created: typeof event.created === 'string' ? moment(Math.floor(Date.parse(event.created) / 1000)) : null,
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
function text(value: unknown, maxLength = MAX_TEXT): string | null {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !value.includes('\0') ? value : null;
}

/** Whole seconds that everything may be computed with. */
function moment(value: unknown): number | null {
  const isKnown = typeof value === 'number' && Number.isInteger(value) && value >= EARLIEST && value < LATEST;
  return isKnown ? value : null;
}
