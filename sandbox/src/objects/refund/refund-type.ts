import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type Refund = Stored<Stripe.Refund>;

export const refunds = objectType<Refund>({
  object: 'refund',
  prefix: 're',
  indexes: { charge: (refund) => refund.charge, payment_intent: (refund) => refund.payment_intent },
  references: { charge: 'charge', payment_intent: 'payment_intent', customer: 'customer' },
});
