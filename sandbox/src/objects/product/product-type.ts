import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type Product = Stored<Stripe.Product>;

export const products = objectType<Product>({
  object: 'product',
  prefix: 'prod',
  keepsTombstone: true,
  references: { default_price: 'price' },
});
