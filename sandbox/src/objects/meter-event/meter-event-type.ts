import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

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
