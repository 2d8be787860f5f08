import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type Meter = Stored<Stripe.Billing.Meter>;

export const meters = objectType<Meter>({
  object: 'billing.meter',
  prefix: 'mtr',
  title: 'meter',
  indexes: { event_name: (meter) => meter.event_name },
});
