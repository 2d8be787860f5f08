import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { customers } from '../customer/customer-type.js';
import { type BalanceTransaction, customerBalanceTransactions } from './customer-balance-transaction-type.js';

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
