import { type Context } from '../../kernel/context.js';
import { type Customer, customers } from '../customer/customer-type.js';
import { detachPaymentMethod } from '../payment-method/detach-payment-method.js';
import { paymentMethods } from '../payment-method/payment-method-type.js';
import { type Card, cards } from './card-type.js';

/** Removes a card; the newest of those left becomes the customer's default source. */
export function removeCard(context: Context, customer: Customer, card: Card): void {
  context.objects(cards).remove(card.id);
  context.emit('customer.source.deleted', card);
  const method = context.objects(paymentMethods).get(card.id);
  if (method?.customer === customer.id) detachPaymentMethod(context, method);
  if (customer.default_source !== card.id) return;
  const before = context.objects(customers).require(customer.id);
  const next = context.objects(cards).where('customer', customer.id).at(-1)?.id ?? null;
  context.emitUpdated(
    'customer.updated',
    before,
    context.objects(customers).update(customer.id, { default_source: next }),
  );
}
