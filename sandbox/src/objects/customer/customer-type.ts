import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';
import { listCards } from '../card/card-type.js';

type Includable = 'subscriptions' | 'sources' | 'tax_ids' | 'tax' | 'cash_balance' | 'invoice_credit_balance';

export type Customer = Stored<Omit<Stripe.Customer, Includable>>;

const emptyList = (path: string) => (customer: Customer) => ({
  object: 'list',
  data: [],
  has_more: false,
  url: `/v1/customers/${customer.id}/${path}`,
});

export const customers = objectType<Customer>({
  object: 'customer',
  prefix: 'cus',
  keepsTombstone: true,
  indexes: { email: (customer) => customer.email, test_clock: (customer) => customer.test_clock },
  references: {
    'invoice_settings.default_payment_method': 'payment_method',
    test_clock: 'test_helpers.test_clock',
    default_source: 'card',
    'discount.source.coupon': 'coupon',
  },
  includable: {
    subscriptions: (customer, context) => liveSubscriptions(context, customer),
    sources: (customer, context) => listCards(context, customer),
    tax_ids: emptyList('tax_ids'),
    cash_balance: () => null,
    invoice_credit_balance: () => ({}),
  },
});

function liveSubscriptions(context: ReadContext, customer: Customer): object {
  const records = context.byName('subscription').where('customer', customer.id).reverse();
  const ended = new Set<unknown>(['canceled', 'incomplete_expired']);
  const live = records.filter((record) => !ended.has((record as { status?: unknown }).status));
  return {
    object: 'list',
    data: live.slice(0, 10).map((record) => context.present(record)),
    has_more: live.length > 10,
    url: `/v1/customers/${customer.id}/subscriptions`,
  };
}

/** The customer that a request parameter names, and its test clock in use from here on. */
export function requireCustomer(context: Context, id: string, param = 'customer'): Customer {
  const customer = context.objects(customers).require(id, param);
  context.useTestClock(customer.test_clock);
  return customer;
}
