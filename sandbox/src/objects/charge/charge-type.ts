import type Stripe from 'stripe';
import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type Charge = Stored<Omit<Stripe.Charge, 'refunds'>>;

export const charges = objectType<Charge>({
  object: 'charge',
  prefix: 'ch',
  indexes: {
    customer: (charge) => charge.customer,
    payment_intent: (charge) => charge.payment_intent,
    payment_method: (charge) => charge.payment_method,
  },
  references: {
    customer: 'customer',
    payment_intent: 'payment_intent',
    payment_method: 'payment_method',
    balance_transaction: 'balance_transaction',
  },
  includable: { refunds: (charge, context) => refundsOf(context, charge) },
});

function refundsOf(context: ReadContext, charge: Charge): object {
  const refunds = context.byName('refund').where('charge', charge.id).reverse();
  return {
    object: 'list',
    data: refunds.slice(0, 10).map((refund) => context.present(refund)),
    has_more: refunds.length > 10,
    url: `/v1/charges/${charge.id}/refunds`,
  };
}
