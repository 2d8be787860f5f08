import { notSupported, resourceMissing } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { testCardByToken } from '../../rules/test-cards.js';
import { type Customer, customers } from '../customer/customer-type.js';
import { markAttached } from '../payment-method/attach-payment-method.js';
import { declineError } from '../payment-method/check-card.js';
import { insertCard } from '../payment-method/create-payment-method.js';
import { type PaymentMethod, cardOf } from '../payment-method/payment-method-type.js';
import { type Card, cards } from './card-type.js';

function sourceOf(method: PaymentMethod, customer: string): Card {
  const card = cardOf(method);
  return {
    id: method.id,
    object: 'card',
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    allow_redisplay: 'unspecified',
    brand: card.brand === 'amex' ? 'American Express' : card.brand.charAt(0).toUpperCase() + card.brand.slice(1),
    country: card.country,
    customer,
    cvc_check: card.checks?.cvc_check ?? null,
    dynamic_last4: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    last4: card.last4 ?? '',
    metadata: {},
    name: null,
    regulated_status: 'unregulated',
    tokenization_method: null,
  };
}

/**
 * Adds the card of a `tok_…` to a customer, as its default when it has none, and emits `customer.source.created`.
 * Throws a 402 `card_error` for a card that cannot be attached.
 */
export function addCard(
  context: Context,
  customer: Customer,
  token: string,
  options: { readonly makeDefault?: boolean; readonly metadata?: Record<string, string> } = {},
): { readonly card: Card; readonly customer: Customer } {
  const testCard = token.startsWith('tok_') ? testCardByToken(token) : undefined;
  if (testCard === undefined) {
    if (!token.startsWith('tok_')) throw notSupported('sources other than test tokens (tok_…)', 'source');
    throw resourceMissing('token', token, 'source');
  }
  if (testCard.declineAttach !== undefined) throw declineError(testCard.declineAttach);
  const method = markAttached(context, insertCard(context, testCard, { prefix: 'card' }), customer.id);
  const card = context.objects(cards).insert({ ...sourceOf(method, customer.id), metadata: options.metadata ?? {} });
  context.emit('customer.source.created', card);
  const isDefault = options.makeDefault === true || customer.default_source === null;
  return {
    card,
    customer: isDefault ? context.objects(customers).update(customer.id, { default_source: card.id }) : customer,
  };
}
