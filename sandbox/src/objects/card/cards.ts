import type Stripe from 'stripe';
import { listPage, pagination } from '../../http/lists.js';
import {
  type DeclaredFor,
  integer,
  mergeMetadata,
  metadata,
  modelled,
  required,
  string,
  unsupported,
  unsupportedParameters,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { notSupported, resourceMissing } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { testCardByToken } from '../../rules/test-cards.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { type Customer, customers, requireCustomer } from '../customer/customers.js';
import {
  type PaymentMethod,
  cardOf,
  declineError,
  detachPaymentMethod,
  insertCard,
  markAttached,
  paymentMethods,
} from '../payment-method/create-payment-method.js';
import { type Resource } from '../../http/resource.js';

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

/** The first page of a customer's cards, which `expand[]=sources` shows. */
export function listCards(context: Context, customer: Customer): object {
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

function requireCard(context: Context, customer: Customer, id: string): Card {
  const card = context.objects(cards).require(id);
  if (card.customer !== customer.id) throw resourceMissing('source', id);
  return card;
}

/** Removes a card; the newest of those left becomes the customer's default source. */
function removeCard(context: Context, customer: Customer, card: Card): void {
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

const sources = '/v1/customers/:customer/sources';

const create = route({
  method: 'POST',
  path: sources,
  parameters: {
    metadata: metadata(),
    source: required(string()),
    validate: unsupported(),
  } satisfies DeclaredFor<Stripe.CustomerCreateSourceParams>,
  handle({ context, path, parameters: sent }) {
    const before = requireCustomer(context, path.customer, 'id');
    const added = addCard(context, before, sent.source, { metadata: mergeMetadata({}, sent.metadata) });
    context.emitUpdated('customer.updated', before, added.customer);
    return context.present(added.card);
  },
});

const retrieve = route({
  method: 'GET',
  path: `${sources}/:id`,
  parameters: {},
  handle: ({ context, path }) =>
    context.present(requireCard(context, requireCustomer(context, path.customer, 'id'), path.id)),
});

const update = route({
  method: 'POST',
  path: `${sources}/:id`,
  parameters: {
    ...unsupportedParameters('account_holder_name', 'account_holder_type', 'owner'),
    address_city: string(),
    address_country: string(),
    address_line1: string(),
    address_line2: string(),
    address_state: string(),
    address_zip: string(),
    exp_month: integer({ min: 1, max: 12 }),
    exp_year: integer({ min: 2_000, max: 2_100 }),
    metadata: metadata(),
    name: string(),
  } satisfies DeclaredFor<Stripe.CustomerUpdateSourceParams>,
  handle({ context, path, parameters: { metadata: sentMetadata, ...sent } }) {
    const before = requireCard(context, requireCustomer(context, path.customer, 'id'), path.id);
    const after = context.objects(cards).update(before.id, {
      ...sent,
      metadata: mergeMetadata(before.metadata ?? {}, sentMetadata),
    });
    const method = context.objects(paymentMethods).require(before.id);
    context.objects(paymentMethods).update(before.id, {
      card: { ...cardOf(method), exp_month: after.exp_month, exp_year: after.exp_year },
    });
    context.emitUpdated('customer.source.updated', before, after);
    return context.present(after);
  },
});

const remove = route({
  method: 'DELETE',
  path: `${sources}/:id`,
  parameters: {},
  handle({ context, path }) {
    const customer = requireCustomer(context, path.customer, 'id');
    removeCard(context, customer, requireCard(context, customer, path.id));
    return { id: path.id, object: 'card', deleted: true };
  },
});

const list = route({
  method: 'GET',
  path: sources,
  parameters: {
    ...pagination,
    object: modelled('card'),
  } satisfies DeclaredFor<Stripe.CustomerListSourcesParams>,
  handle({ context, path, parameters }) {
    const customer = requireCustomer(context, path.customer, 'id');
    return listPage(context, cards, parameters, {
      url: `/v1/customers/${customer.id}/sources`,
      among: context.objects(cards).where('customer', customer.id),
    });
  },
});

export const cardResource: Resource = {
  types: [cards],
  routes: [create, retrieve, update, remove, list],
  beforeRemoval: {
    customer: (context, customer) => {
      for (const card of context.objects(cards).where('customer', customer.id)) context.objects(cards).remove(card.id);
    },
  },
  onEvent: {
    'payment_method.detached': (context, method) => context.objects(cards).remove(method.id),
  },
};
