import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type InvoiceItem = Stored<Stripe.InvoiceItem>;

export const invoiceItems = objectType<InvoiceItem>({
  object: 'invoiceitem',
  prefix: 'ii',
  indexes: {
    customer: (item) => item.customer,
    invoice: (item) => item.invoice,
    pending: (item) => (item.invoice === null ? item.customer : null),
  },
  references: {
    customer: 'customer',
    discounts: 'discount',
    invoice: 'invoice',
    'parent.subscription_details.subscription': 'subscription',
    'pricing.price_details.price': 'price',
    test_clock: 'test_helpers.test_clock',
  },
});
