import type Stripe from 'stripe';
import { listPage } from '../../http/lists.js';
import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

/**
 * A card that was added to a customer as a source, the way before payment methods. Stripe shows it under the same id as
 * a payment method too, and that is what pays here.
 */
export type Card = Stored<Stripe.Card>;

export const cards = objectType<Card>({
  object: 'card',
  prefix: 'card',
  title: 'source',
  indexes: { customer: (card) => card.customer },
  references: { customer: 'customer' },
});

/** The first page of a customer's cards, which `expand[]=sources` shows. */
export function listCards(context: ReadContext, customer: { readonly id: string }): object {
  return listPage(
    context,
    cards,
    {},
    {
      url: `/v1/customers/${customer.id}/sources`,
      among: context.objects(cards).where('customer', customer.id),
    },
  );
}
