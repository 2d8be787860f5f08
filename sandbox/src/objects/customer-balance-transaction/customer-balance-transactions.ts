import type Stripe from 'stripe';
import { resourceMissing } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, mergeMetadata, string } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { type Customer, requireCustomer } from '../customer/customer-type.js';
import { changeBalance } from './change-balance.js';
import { createParameters, updateParameters } from './customer-balance-transaction-parameters.js';
import { type BalanceTransaction, customerBalanceTransactions } from './customer-balance-transaction-type.js';

function requireTransaction(context: Context, customer: Customer, id: string): BalanceTransaction {
  const transaction = context.objects(customerBalanceTransactions).get(id);
  if (transaction?.customer !== customer.id) throw resourceMissing('customer balance transaction', id);
  return transaction;
}

const path = '/v1/customers/:customer/balance_transactions';

const create = route({
  method: 'POST',
  path,
  parameters: createParameters,
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
  parameters: updateParameters,
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
