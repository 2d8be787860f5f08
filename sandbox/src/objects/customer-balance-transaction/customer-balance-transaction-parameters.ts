import type Stripe from 'stripe';
import { type DeclaredFor, currency, integer, metadata, required, string, unsettable } from '../../http/parameters.js';

export const createParameters = {
  amount: required(integer()),
  currency: required(currency()),
  description: string(),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.CustomerCreateBalanceTransactionParams>;

export const updateParameters = {
  description: unsettable(string()),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.CustomerUpdateBalanceTransactionParams>;
