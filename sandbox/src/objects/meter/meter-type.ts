import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Period } from '../../rules/billing-cycle.js';
import { aggregate } from '../../rules/usage.js';
import { type Stored } from '../../wire.js';

export type Meter = Stored<Stripe.Billing.Meter>;

export const meters = objectType<Meter>({
  object: 'billing.meter',
  prefix: 'mtr',
  title: 'meter',
  indexes: { event_name: (meter) => meter.event_name },
});

interface MeterEventState {
  readonly meter: string;
  readonly customer: string;
  readonly value: number;
}

/** A reported event. The API knows it by its identifier only; the id is the sandbox's own. */
export type MeterEvent = Stored<Stripe.Billing.MeterEvent, MeterEventState> & { readonly id: string };

export const meterEvents = objectType<MeterEvent>({
  object: 'billing.meter_event',
  prefix: 'mtrevt',
  indexes: {
    identifier: (event) => event.identifier,
    usage: (event) => `${event.sandbox.meter}/${event.sandbox.customer}`,
  },
  present: ({ id: _id, sandbox: _sandbox, ...shown }) => shown,
});

/** What a customer used within a period, as a meter counts it: the start belongs to it, the end does not. */
export function usageOf(context: Context, meterId: string, customer: string, period: Period): number {
  const meter = context.objects(meters).require(meterId, 'meter');
  const events = context
    .objects(meterEvents)
    .where('usage', `${meter.id}/${customer}`)
    .filter((event) => event.timestamp >= period.start && event.timestamp < period.end)
    .map((event) => ({ value: event.sandbox.value, timestamp: event.timestamp }));
  return aggregate(meter.default_aggregation.formula, events);
}
