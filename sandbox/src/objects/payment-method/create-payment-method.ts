import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import { type MetadataChange, mergeMetadata } from '../../http/parameters.js';
import { type StripeError, cardError, invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type TestIban, testIban } from '../../rules/test-ibans.js';
import {
  type Decline,
  type TestCard,
  hasValidCheckDigit,
  testCardByNumber,
  testCardByToken,
} from '../../rules/test-cards.js';
import { objectType } from '../../store/object-type.js';
import { type JsonObject, type Stored, type Wire } from '../../wire.js';
import { customers, requireCustomer } from '../customer/customers.js';

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

/** The `card_error` for a refusal, with the fields that Stripe adds. */
export function declineError(
  decline: Decline,
  extra: { charge?: string; payment_intent?: JsonObject; setup_intent?: JsonObject; payment_method?: JsonObject } = {},
): StripeError {
  const { blocked: _blocked, ...shown } = decline;
  return cardError({ ...shown, ...extra });
}

export interface CardInput {
  readonly number: string;
  /** 1–12. */
  readonly exp_month: number;
  /** Four digits. */
  readonly exp_year: number;
  readonly cvc?: string;
}

/** Checks a typed-in card as Stripe's form does and answers its test card. Throws a 402 `card_error`. */
export function checkCard(context: Context, input: CardInput): TestCard {
  const number = input.number.replaceAll(/[\s-]/g, '');
  const today = new Date(context.now() * 1_000);
  const refuse = (code: string, message: string, param: string): never => {
    throw cardError({ code, message, param });
  };
  if (!hasValidCheckDigit(number)) refuse('incorrect_number', 'Your card number is incorrect.', 'number');
  if (input.exp_month < 1 || input.exp_month > 12) {
    refuse('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  }
  const year = input.exp_year < 100 ? input.exp_year + 2_000 : input.exp_year;
  const past = year * 12 + input.exp_month < today.getUTCFullYear() * 12 + today.getUTCMonth() + 1;
  if (past || year > today.getUTCFullYear() + 50) {
    refuse('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  }
  if (input.cvc !== undefined && !/^\d{3,4}$/.test(input.cvc)) {
    refuse('invalid_cvc', "Your card's security code is invalid.", 'cvc');
  }
  const card = testCardByNumber(number);
  if (card !== undefined) return card;
  throw cardError({
    code: 'card_declined',
    decline_code: 'test_mode_live_card',
    message:
      'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, ' +
      'visit: https://stripe.com/docs/testing.',
  });
}

/** What a new payment method of any type may be given. */
interface NewMethod {
  readonly billing_details?: BillingDetails;
  readonly metadata?: MetadataChange;
  readonly allow_redisplay?: PaymentMethod['allow_redisplay'];
}

function newMethod(context: Context, prefix: 'pm' | 'card', given: NewMethod) {
  return {
    id: context.newId(prefix),
    object: 'payment_method' as const,
    allow_redisplay: given.allow_redisplay ?? 'unspecified',
    billing_details: given.billing_details ?? NO_BILLING_DETAILS,
    created: context.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: mergeMetadata({}, given.metadata),
  };
}

/** Stores a new payment method of type `sepa_debit`. Throws 400 for an IBAN that is not one of Stripe's test accounts. */
export function insertSepaDebit(context: Context, iban: string, given: NewMethod): PaymentMethod {
  const account = testIban(iban);
  if (account === undefined) throw notSupported("an IBAN that is not one of Stripe's test IBANs", 'sepa_debit[iban]');
  return context.objects(paymentMethods).insert({
    ...newMethod(context, 'pm', given),
    sepa_debit: {
      bank_code: account.bankCode,
      branch_code: account.branchCode,
      country: account.iban.slice(0, 2),
      fingerprint: fingerprintOf(account.iban),
      generated_from: { charge: null, setup_attempt: null },
      last4: account.iban.slice(-4),
    },
    type: 'sepa_debit',
    sandbox: { number: account.iban, set_up: false, consumed: false },
  });
}

/** How the bank account of a `sepa_debit` payment method behaves. */
export function testIbanOf(method: PaymentMethod): TestIban {
  const account = testIban(method.sandbox.number);
  if (account === undefined) throw new Error(`${method.id} has no test IBAN`);
  return account;
}

/** Stores a new card payment method. */
export function insertCard(
  context: Context,
  card: TestCard,
  given: NewMethod & {
    /** `card`: the payment method of a card that was added as a source. */
    readonly prefix?: 'pm' | 'card';
    readonly exp_month?: number;
    readonly exp_year?: number;
    readonly cvcGiven?: boolean;
  } = {},
): PaymentMethod {
  const year = new Date(context.now() * 1_000).getUTCFullYear();
  return context.objects(paymentMethods).insert({
    ...newMethod(context, given.prefix ?? 'pm', given),
    card: {
      brand: card.brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: given.cvcGiven === false ? null : (card.cvcCheck ?? 'pass'),
      },
      country: card.country,
      display_brand: card.brand === 'amex' ? 'american_express' : card.brand,
      exp_month: given.exp_month ?? 12,
      exp_year: given.exp_year ?? year + 4,
      fingerprint: fingerprintOf(card.number),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: card.brand !== 'amex' },
      wallet: null,
    },
    type: 'card',
    sandbox: { number: card.number, set_up: false, consumed: false },
  });
}

/** The same card or account has the same fingerprint, whoever uses it. */
function fingerprintOf(number: string): string {
  return createHash('sha256').update(`sandbox ${number}`).digest('base64').replaceAll(/[+/=]/g, '').slice(0, 16);
}

/** The payment method that an id names; `pm_card_…` tokens become a new one, as at Stripe. */
export function resolvePaymentMethod(context: Context, id: string, param = 'payment_method'): PaymentMethod {
  const card = id.startsWith('pm_card_') ? testCardByToken(id) : undefined;
  if (card !== undefined) return insertCard(context, card);
  const method = context.objects(paymentMethods).require(id, param);
  if (!method.sandbox.consumed) return method;
  throw invalidRequest(
    'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and ' +
      'may not be used again.',
    { code: 'payment_method_unexpected_state', param },
  );
}

/**
 * Attaches a payment method (id or `pm_card_…` token) to a customer and emits `payment_method.attached`. Throws a 402
 * `card_error` for a card that cannot be attached, 400 when another customer has it. What it answers is what counts:
 * a token becomes a new id.
 */
export function attachPaymentMethod(context: Context, id: string, customerId: string): PaymentMethod {
  requireCustomer(context, customerId);
  const method = resolvePaymentMethod(context, id, id.startsWith('pm_card_') ? 'payment_method' : 'id');
  if (method.customer === customerId) return method;
  if (method.customer !== null) {
    throw invalidRequest('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
      param: 'payment_method',
    });
  }
  const { declineAttach } = testCardOf(method);
  if (declineAttach !== undefined) throw declineError(declineAttach);
  return markAttached(context, method, customerId);
}

/**
 * Records that a method belongs to a customer, without checking the card once more. One that was detached while its owner
 * passed 3-D Secure, by itself or because the customer was deleted, stays so.
 */
export function markAttached(
  context: Context,
  method: PaymentMethod,
  customerId: string,
  setUp = method.sandbox.set_up,
): PaymentMethod {
  const detached = method.customer === null && method.sandbox.consumed;
  if (detached || context.objects(customers).get(customerId) === undefined) return method;
  const attached = context.objects(paymentMethods).update(method.id, {
    customer: customerId,
    sandbox: { ...method.sandbox, set_up: setUp },
  });
  if (method.customer !== customerId) context.emit('payment_method.attached', attached);
  return attached;
}

/** Detaches a method from its customer, clears it as the customer's default, and emits the events. */
export function detachPaymentMethod(context: Context, method: PaymentMethod): PaymentMethod {
  const detached = context.objects(paymentMethods).update(method.id, {
    customer: null,
    sandbox: { ...method.sandbox, consumed: true },
  });
  const owner = context.objects(customers).get(method.customer ?? '');
  if (owner?.invoice_settings.default_payment_method === method.id) {
    const after = context.objects(customers).update(owner.id, {
      invoice_settings: { ...owner.invoice_settings, default_payment_method: null },
    });
    context.emitUpdated('customer.updated', owner, after);
  }
  context.emit('payment_method.detached', detached, method);
  return detached;
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
