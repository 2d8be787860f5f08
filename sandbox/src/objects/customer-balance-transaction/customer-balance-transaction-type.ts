import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

export type BalanceTransaction = Stored<Stripe.CustomerBalanceTransaction>;

export const customerBalanceTransactions = objectType<BalanceTransaction>({
  object: 'customer_balance_transaction',
  prefix: 'cbtxn',
  title: 'customer balance transaction',
  indexes: { customer: (transaction) => transaction.customer },
  references: { customer: 'customer', invoice: 'invoice', credit_note: 'credit_note' },
});
