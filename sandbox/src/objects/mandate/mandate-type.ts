import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type Mandate = Stored<Stripe.Mandate>;

export const mandates = objectType<Mandate>({
  object: 'mandate',
  prefix: 'mandate',
  indexes: {},
  references: { payment_method: 'payment_method' },
});
