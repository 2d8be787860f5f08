import type Stripe from 'stripe';
import {
  type DeclaredFor,
  currency,
  integer,
  metadata,
  mergeMetadata,
  required,
  string,
  unsettable,
} from '../../http/parameters.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { route } from '../../http/router.js';
import { invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { changed } from '../common-parameters.js';
import { type Customer, customers, requireCustomer } from '../customer/customers.js';
import { type Resource } from '../../http/resource.js';

export type BalanceTransaction = Stored<Stripe.CustomerBalanceTransaction>;

export const customerBalanceTransactions = objectType<BalanceTransaction>({
  object: 'customer_balance_transaction',
  prefix: 'cbtxn',
  title: 'customer balance transaction',
  indexes: { customer: (transaction) => transaction.customer },
  references: { customer: 'customer', invoice: 'invoice', credit_note: 'credit_note' },
});

/** A change of a customer's balance: `amount` below zero gives credit, above zero takes it back. Minor units. */
export interface BalanceChange {
  readonly amount: number;
  readonly currency: string;
  readonly type: string;
  readonly invoice?: string;
  readonly credit_note?: string;
  readonly description?: string | null;
  readonly metadata?: { [key: string]: string };
}

/** Changes a customer's balance and writes the transaction; emits `customer.updated`. */
export function changeBalance(context: Context, customerId: string, change: BalanceChange): BalanceTransaction {
  const customer = context.objects(customers).require(customerId);
  if (customer.currency && customer.currency !== change.currency) {
    throw invalidRequest(
      `The currency of this transaction (${change.currency}) must match the customer's (${customer.currency}).`,
      { param: 'currency' },
    );
  }
  const after = context.objects(customers).update(customer.id, {
    balance: customer.balance + change.amount,
    currency: customer.currency ?? change.currency,
  });
  const transaction = context.objects(customerBalanceTransactions).insert({
    id: context.newId('cbtxn'),
    object: 'customer_balance_transaction',
    amount: change.amount,
    checkout_session: null,
    created: context.now(),
    credit_note: change.credit_note ?? null,
    currency: change.currency,
    customer: customer.id,
    customer_account: null,
    description: change.description ?? null,
    ending_balance: after.balance,
    invoice: change.invoice ?? null,
    livemode: false,
    metadata: change.metadata ?? {},
    type: change.type,
  });
  context.emitUpdated('customer.updated', customer, after);
  return transaction;
}

function requireTransaction(context: Context, customer: Customer, id: string): BalanceTransaction {
  const transaction = context.objects(customerBalanceTransactions).get(id);
  if (transaction?.customer !== customer.id) throw resourceMissing('customer balance transaction', id);
  return transaction;
}

const createShape = {
  amount: required(integer()),
  currency: required(currency()),
  description: string(),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.CustomerCreateBalanceTransactionParams>;

const updateShape = {
  description: unsettable(string()),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.CustomerUpdateBalanceTransactionParams>;

const path = '/v1/customers/:customer/balance_transactions';

const create = route({
  method: 'POST',
  path,
  parameters: createShape,
  handle: ({ context, path: names, parameters }) => {
    const customer = requireCustomer(context, names.customer);
    const transaction = changeBalance(context, customer.id, {
      amount: parameters.amount,
      currency: parameters.currency,
      type: 'adjustment',
      description: parameters.description ?? null,
      metadata: mergeMetadata({}, parameters.metadata),
    });
    return context.present(transaction);
  },
});

const list = route({
  method: 'GET',
  path,
  parameters: {
    ...pagination,
    created: range,
    invoice: string(),
  } satisfies DeclaredFor<Stripe.CustomerListBalanceTransactionsParams>,
  handle: ({ context, path: names, parameters }) => {
    const customer = requireCustomer(context, names.customer);
    return listPage(context, customerBalanceTransactions, parameters, {
      url: `/v1/customers/${customer.id}/balance_transactions`,
      among: context.objects(customerBalanceTransactions).where('customer', customer.id),
      filter: (transaction) =>
        inRange(transaction.created, parameters.created) &&
        (parameters.invoice === undefined || transaction.invoice === parameters.invoice),
    });
  },
});

const retrieve = route({
  method: 'GET',
  path: `${path}/:transaction`,
  parameters: {},
  handle: ({ context, path: names }) => {
    const customer = requireCustomer(context, names.customer);
    return context.present(requireTransaction(context, customer, names.transaction));
  },
});

const update = route({
  method: 'POST',
  path: `${path}/:transaction`,
  parameters: updateShape,
  handle: ({ context, path: names, parameters }) => {
    const customer = requireCustomer(context, names.customer);
    const transaction = requireTransaction(context, customer, names.transaction);
    return context.present(
      context.objects(customerBalanceTransactions).update(transaction.id, {
        description: changed(parameters.description, transaction.description),
        metadata: mergeMetadata(transaction.metadata ?? {}, parameters.metadata),
      }),
    );
  },
});

export const customerBalanceResource: Resource = {
  types: [customerBalanceTransactions],
  routes: [create, list, retrieve, update],
};
