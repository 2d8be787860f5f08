import type Stripe from 'stripe';
import { resourceMissing } from '../../errors/stripe-error.js';
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
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type Customer, requireCustomer } from '../customer/customer-type.js';
import { cardOf, paymentMethods } from '../payment-method/payment-method-type.js';
import { addCard } from './add-card.js';
import { type Card, cards } from './card-type.js';
import { removeCard } from './remove-card.js';

function requireCard(context: Context, customer: Customer, id: string): Card {
  const card = context.objects(cards).require(id);
  if (card.customer !== customer.id) throw resourceMissing('source', id);
  return card;
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
