import type Stripe from 'stripe';
import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type TestCard, testCardByNumber } from '../../rules/test-cards.js';
import { type TestIban, testIban } from '../../rules/test-ibans.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

type CommonFields =
  | 'id'
  | 'object'
  | 'allow_redisplay'
  | 'billing_details'
  | 'created'
  | 'customer'
  | 'customer_account'
  | 'livemode'
  | 'metadata'
  | 'type';

interface Hidden {
  /** The full number, or IBAN, which decides how the payment method behaves. */
  number: string;
  /** Set up for off-session use, after 3-D Secure where the card asks for it. */
  set_up: boolean;
  /** Used without a customer, or detached: it cannot be used again. */
  consumed: boolean;
}

export type PaymentMethod = Stored<Pick<Stripe.PaymentMethod, CommonFields | 'card' | 'sepa_debit'>, Hidden>;

export type BillingDetails = Wire<Stripe.PaymentMethod.BillingDetails>;

export const paymentMethods = objectType<PaymentMethod>({
  object: 'payment_method',
  prefix: 'pm',
  title: 'PaymentMethod',
  indexes: { customer: (method) => method.customer },
  references: { customer: 'customer' },
});

export const NO_BILLING_DETAILS: BillingDetails = {
  address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

/** The card of a payment method. Throws 400 for SEPA debit, which pays for payment intents and Checkout sessions only. */
export function cardOf(method: PaymentMethod): Wire<Stripe.PaymentMethod.Card> {
  if (method.card !== undefined) return method.card;
  throw notSupported(
    `${method.type} except for payment intents and for Checkout sessions in payment mode`,
    'payment_method',
  );
}

/** How the card behaves. Throws 400 for SEPA debit. */
export function testCardOf(method: PaymentMethod): TestCard {
  cardOf(method);
  const card = testCardByNumber(method.sandbox.number);
  if (card === undefined) throw new Error(`${method.id} has no test card`);
  return card;
}

/** How the bank account of a `sepa_debit` payment method behaves. */
export function testIbanOf(method: PaymentMethod): TestIban {
  const account = testIban(method.sandbox.number);
  if (account === undefined) throw new Error(`${method.id} has no test IBAN`);
  return account;
}

/** A card of a customer. Throws 400 when it is another's or nobody's, or not a card. */
export function requireMethodOf(context: Context, customerId: string, id: string, param: string): PaymentMethod {
  const method = context.objects(paymentMethods).require(id, param);
  cardOf(method);
  if (method.customer === customerId) return method;
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param },
  );
}
