import { type Resource } from '../../http/resource.js';
import type Stripe from 'stripe';
import { type StripeError, invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { type DeclaredFor, hash, oneOf, record, required, string, timestamp } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { SECONDS_PER_DAY } from '../../rules/billing-cycle.js';
import { customers, requireCustomer } from '../customer/customer-type.js';
import { type Meter, meters } from '../meter/meter-type.js';
import { type MeterEvent, meterEvents } from './meter-event-type.js';

const OLDEST_SECONDS = 35 * SECONDS_PER_DAY;
const AHEAD_SECONDS = 5 * 60;
/** How long an identifier cannot be used again, and an event can be canceled. */
const UNIQUE_SECONDS = SECONDS_PER_DAY;

function refused(code: string, message: string, param: string): StripeError {
  return invalidRequest(message, { code, param });
}

/** The active meter that counts events of a name. */
function meterFor(context: Context, name: string): Meter {
  const named = context.objects(meters).where('event_name', name);
  const active = named.find((meter) => meter.status === 'active');
  if (active !== undefined) return active;
  if (named.length > 0) {
    throw refused('archived_meter', `The meter for event name "${name}" is inactive.`, 'event_name');
  }
  throw refused('no_meter', `No active meter found for event name "${name}".`, 'event_name');
}

/** The customer of an event, its test clock in use from here on. */
function customerOf(context: Context, meter: Meter, payload: Record<string, string>): string {
  const key = meter.customer_mapping.event_payload_key;
  const id = payload[key];
  const param = `payload[${key}]`;
  if (id === undefined) {
    throw refused('meter_event_no_customer_defined', `The payload must have the customer in the field ${key}.`, param);
  }
  if (context.objects(customers).get(id) === undefined) {
    throw refused('meter_event_customer_not_found', `No such customer: '${id}'`, param);
  }
  return requireCustomer(context, id).id;
}

function valueOf(meter: Meter, payload: Record<string, string>): number {
  if (meter.default_aggregation.formula === 'count') return 1;
  const key = meter.value_settings.event_payload_key;
  const text = payload[key];
  const param = `payload[${key}]`;
  if (text === undefined) {
    throw refused('meter_event_value_not_found', `The payload must have the value in the field ${key}.`, param);
  }
  if (!/^-?\d{1,15}$/.test(text)) {
    throw refused('meter_event_invalid_value', `The value must be a whole number; it is ${text}.`, param);
  }
  return Number(text);
}

/** The event's time on the customer's clock. */
function timeOf(context: Context, sent: number | undefined): number {
  const now = context.now();
  const time = sent ?? now;
  if (time < now - OLDEST_SECONDS) {
    throw refused('timestamp_too_far_in_past', 'The timestamp must be within the past 35 calendar days.', 'timestamp');
  }
  if (time > now + AHEAD_SECONDS) {
    throw refused('timestamp_in_future', 'The timestamp must be at most 5 minutes in the future.', 'timestamp');
  }
  return time;
}

/** The event that used an identifier not long ago. */
function recentEvent(context: Context, identifier: string): MeterEvent | undefined {
  return context
    .objects(meterEvents)
    .where('identifier', identifier)
    .find((event) => event.created > context.now() - UNIQUE_SECONDS);
}

const create = route({
  method: 'POST',
  path: '/v1/billing/meter_events',
  parameters: {
    event_name: required(string({ max: 100 })),
    identifier: string({ max: 100 }),
    payload: required(record(string({ max: 100 }))),
    timestamp: timestamp(),
  } satisfies DeclaredFor<Stripe.Billing.MeterEventCreateParams>,
  handle({ context, parameters: sent }) {
    const meter = meterFor(context, sent.event_name);
    const customer = customerOf(context, meter, sent.payload);
    const time = timeOf(context, sent.timestamp);
    const value = valueOf(meter, sent.payload);
    const identifier = sent.identifier ?? context.newId('mtrevt', 32);
    if (recentEvent(context, identifier) !== undefined) {
      throw invalidRequest(`An event already exists with identifier ${identifier}.`, { param: 'identifier' });
    }
    const event = context.objects(meterEvents).insert({
      id: context.newId('mtrevt', 32),
      object: 'billing.meter_event',
      created: context.now(),
      event_name: sent.event_name,
      identifier,
      livemode: false,
      payload: sent.payload,
      timestamp: time,
      sandbox: { meter: meter.id, customer, value },
    });
    return context.present(event);
  },
});

const adjust = route({
  method: 'POST',
  path: '/v1/billing/meter_event_adjustments',
  parameters: {
    cancel: hash({ identifier: string({ max: 100 }) }),
    event_name: required(string({ max: 100 })),
    type: required(oneOf('cancel')),
  } satisfies DeclaredFor<Stripe.Billing.MeterEventAdjustmentCreateParams>,
  handle({ context, parameters: sent }) {
    const identifier = sent.cancel?.identifier;
    if (identifier === undefined) {
      throw invalidRequest('Missing required param: cancel[identifier].', {
        code: 'parameter_missing',
        param: 'cancel[identifier]',
      });
    }
    const [found] = context.objects(meterEvents).where('identifier', identifier).slice(-1);
    if (found?.event_name !== sent.event_name) {
      throw resourceMissing('meter event', identifier, 'cancel[identifier]');
    }
    requireCustomer(context, found.sandbox.customer);
    if (found.created <= context.now() - UNIQUE_SECONDS) {
      throw invalidRequest('You can only cancel events within 24 hours of Stripe receiving them.', {
        param: 'cancel[identifier]',
      });
    }
    context.objects(meterEvents).remove(found.id);
    return {
      object: 'billing.meter_event_adjustment',
      cancel: { identifier },
      event_name: sent.event_name,
      livemode: false,
      status: 'complete',
      type: 'cancel',
    };
  },
});

export const meterEventResource: Resource = { types: [meterEvents], routes: [create, adjust] };
