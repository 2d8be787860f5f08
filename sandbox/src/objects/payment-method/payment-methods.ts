import type Stripe from 'stripe';
import { listPage, pagination } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  hash,
  integer,
  mergeMetadata,
  metadata,
  modelled,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
  unsupportedParameters,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { testCardByToken } from '../../rules/test-cards.js';
import { address, changed, fullAddress } from '../common-parameters.js';
import { customers, requireCustomer } from '../customer/customers.js';
import {
  type BillingDetails,
  NO_BILLING_DETAILS,
  type PaymentMethod,
  attachPaymentMethod,
  cardOf,
  checkCard,
  detachPaymentMethod,
  insertCard,
  insertSepaDebit,
  paymentMethods,
  resolvePaymentMethod,
} from './create-payment-method.js';
import { type Resource } from '../../http/resource.js';

const billingDetailsShape = {
  address: unsettable(address),
  email: unsettable(string()),
  name: unsettable(string()),
  phone: unsettable(string()),
  tax_id: unsettable(string()),
};
const allowRedisplay = oneOf('always', 'limited', 'unspecified');

/** The `card` of a new payment method: a test card's number, or a `tok_…`. */
export const cardShape = {
  cvc: string(),
  exp_month: integer(),
  exp_year: integer(),
  networks: unsupported(),
  number: string(),
  token: string(),
} satisfies DeclaredFor<Stripe.PaymentMethodCreateParams.Card>;

const createParameters = {
  allow_redisplay: allowRedisplay,
  billing_details: hash(billingDetailsShape),
  card: hash(cardShape),
  customer: string(),
  metadata: metadata(),
  payment_method: unsupported(),
  radar_options: unsupported(),
  sepa_debit: hash({ iban: required(string()) }),
  type: required(modelled('card', 'sepa_debit')),
  ...unsupportedParameters(
    'acss_debit',
    'affirm',
    'afterpay_clearpay',
    'alipay',
    'alma',
    'amazon_pay',
    'au_becs_debit',
    'bacs_debit',
    'bancontact',
    'billie',
    'bizum',
    'blik',
    'boleto',
    'cashapp',
    'crypto',
    'custom',
    'customer_balance',
    'eps',
    'fpx',
    'giropay',
    'grabpay',
    'ideal',
    'interac_present',
    'kakao_pay',
    'klarna',
    'konbini',
    'kr_card',
    'link',
    'mb_way',
    'mobilepay',
    'multibanco',
    'naver_pay',
    'nz_bank_account',
    'oxxo',
    'p24',
    'pay_by_bank',
    'payco',
    'paynow',
    'paypal',
    'paypay',
    'payto',
    'pix',
    'promptpay',
    'revolut_pay',
    'samsung_pay',
    'satispay',
    'scalapay',
    'sequra',
    'sofort',
    'sunbit',
    'swish',
    'twint',
    'upi',
    'us_bank_account',
    'wechat_pay',
    'zip',
  ),
} satisfies DeclaredFor<Stripe.PaymentMethodCreateParams>;

const updateParameters = {
  allow_redisplay: allowRedisplay,
  billing_details: hash(billingDetailsShape),
  card: hash({ exp_month: integer({ min: 1, max: 12 }), exp_year: integer({ min: 1 }), networks: unsupported() }),
  metadata: metadata(),
  us_bank_account: unsupported(),
} satisfies DeclaredFor<Stripe.PaymentMethodUpdateParams>;

const customerListParameters = {
  ...pagination,
  allow_redisplay: allowRedisplay,
  type: string(),
} satisfies DeclaredFor<Stripe.CustomerListPaymentMethodsParams>;

const listParameters = {
  ...customerListParameters,
  customer: string(),
  customer_account: unsupported(),
} satisfies DeclaredFor<Stripe.PaymentMethodListParams>;

/** Billing details with the sent fields changed. */
function mergeBillingDetails(
  current: BillingDetails,
  sent: Values<typeof billingDetailsShape> | undefined,
): BillingDetails {
  if (sent === undefined) return current;
  return {
    address: sent.address === null ? NO_BILLING_DETAILS.address : mergeAddress(current.address, sent.address),
    email: changed(sent.email, current.email),
    name: changed(sent.name, current.name),
    phone: changed(sent.phone, current.phone),
    tax_id: changed(sent.tax_id, current.tax_id),
  };
}

function mergeAddress(
  current: BillingDetails['address'],
  sent: Parameters<typeof fullAddress>[0] | undefined,
): BillingDetails['address'] {
  return sent === undefined ? current : fullAddress({ ...current, ...sent });
}

/** Makes a card from the `card` parameter. Throws 402 for what is wrong with it. */
export function cardFromParameters(
  context: Context,
  sent: Values<typeof cardShape> | undefined,
  extra: Parameters<typeof insertCard>[2] = {},
): PaymentMethod {
  if (sent?.token !== undefined) {
    const card = testCardByToken(sent.token);
    if (card === undefined) throw resourceMissing('token', sent.token, 'card[token]');
    return insertCard(context, card, extra);
  }
  const { number, exp_month: month, exp_year: year, cvc } = sent ?? {};
  if (number === undefined || month === undefined || year === undefined) {
    const missing = number === undefined ? 'number' : month === undefined ? 'exp_month' : 'exp_year';
    throw invalidRequest(`Missing required param: card[${missing}].`, {
      code: 'parameter_missing',
      param: `card[${missing}]`,
    });
  }
  const card = checkCard(context, { number, exp_month: month, exp_year: year, ...(cvc === undefined ? {} : { cvc }) });
  return insertCard(context, card, {
    ...extra,
    exp_month: month,
    exp_year: year < 100 ? year + 2_000 : year,
    cvcGiven: cvc !== undefined,
  });
}

/** Refuses the fields of another type than the one that is made. */
function checkTypeFields(sent: Values<typeof createParameters>): void {
  const other = sent.type === 'card' ? 'sepa_debit' : 'card';
  if (sent[other] === undefined) return;
  throw invalidRequest(
    `You provided parameter ${other}, but it is not valid for a PaymentMethod with \`type\` of ${sent.type}.`,
    { param: other },
  );
}

/** Makes a SEPA debit payment method. The mandate needs the account holder's name and email. Throws 400 without them. */
function debitFromParameters(
  context: Context,
  sent: Values<typeof createParameters>,
  given: Parameters<typeof insertSepaDebit>[2],
): PaymentMethod {
  const needed: readonly (readonly [string, unknown])[] = [
    ['sepa_debit', sent.sepa_debit],
    ['billing_details[name]', sent.billing_details?.name],
    ['billing_details[email]', sent.billing_details?.email],
  ];
  for (const [param, value] of needed) {
    if (value === undefined || value === null) {
      throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
    }
  }
  return insertSepaDebit(context, sent.sepa_debit?.iban ?? '', given);
}

const create = route({
  method: 'POST',
  path: '/v1/payment_methods',
  parameters: createParameters,
  publishable: true,
  handle({ context, parameters: sent }) {
    const { type } = sent;
    const given = {
      billing_details: mergeBillingDetails(NO_BILLING_DETAILS, sent.billing_details),
      ...(sent.metadata === undefined ? {} : { metadata: sent.metadata }),
      ...(sent.allow_redisplay === undefined ? {} : { allow_redisplay: sent.allow_redisplay }),
    };
    checkTypeFields(sent);
    const method =
      type === 'card' ? cardFromParameters(context, sent.card, given) : debitFromParameters(context, sent, given);
    return context.present(
      sent.customer === undefined ? method : attachPaymentMethod(context, method.id, sent.customer),
    );
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/payment_methods/:payment_method',
  parameters: {},
  /** A test token can be read like a payment method; each read of it is another one, as at Stripe. */
  handle: ({ context, path: { payment_method: id } }) =>
    context.present(
      id.startsWith('pm_card_') ? resolvePaymentMethod(context, id) : context.objects(paymentMethods).require(id),
    ),
});

const update = route({
  method: 'POST',
  path: '/v1/payment_methods/:payment_method',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(paymentMethods).require(path.payment_method);
    if (before.customer === null) {
      throw invalidRequest('You must save this PaymentMethod to a customer before you can update it.');
    }
    const after = context.objects(paymentMethods).update(before.id, {
      allow_redisplay: sent.allow_redisplay ?? before.allow_redisplay,
      billing_details: mergeBillingDetails(before.billing_details, sent.billing_details),
      ...(sent.card === undefined ? {} : { card: changedCard(before, sent.card) }),
      metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
    });
    context.emitUpdated('payment_method.updated', before, after);
    return context.present(after);
  },
});

function changedCard(before: PaymentMethod, sent: { exp_month?: number; exp_year?: number }): PaymentMethod['card'] {
  const card = cardOf(before);
  return { ...card, exp_month: sent.exp_month ?? card.exp_month, exp_year: sent.exp_year ?? card.exp_year };
}

const attach = route({
  method: 'POST',
  path: '/v1/payment_methods/:payment_method/attach',
  parameters: {
    customer: required(string()),
    customer_account: unsupported(),
  } satisfies DeclaredFor<Stripe.PaymentMethodAttachParams>,
  handle: ({ context, path, parameters }) =>
    context.present(attachPaymentMethod(context, path.payment_method, parameters.customer)),
});

const detach = route({
  method: 'POST',
  path: '/v1/payment_methods/:payment_method/detach',
  parameters: {},
  handle({ context, path }) {
    const method = context.objects(paymentMethods).require(path.payment_method);
    if (method.customer !== null) return context.present(detachPaymentMethod(context, method));
    throw invalidRequest('The payment method you provided is not attached to a customer so detachment is impossible.', {
      param: 'payment_method',
    });
  },
});

function listFor(
  context: Context,
  customer: string | undefined,
  sent: Values<typeof customerListParameters>,
  url: string,
): object {
  if (customer !== undefined) context.objects(customers).require(customer, 'customer');
  return listPage(context, paymentMethods, sent, {
    url,
    among: customer === undefined ? undefined : context.objects(paymentMethods).where('customer', customer),
    filter: (method) =>
      (customer !== undefined || method.customer !== null) &&
      (sent.type === undefined || method.type === sent.type) &&
      (sent.allow_redisplay === undefined || method.allow_redisplay === sent.allow_redisplay),
  });
}

const list = route({
  method: 'GET',
  path: '/v1/payment_methods',
  parameters: listParameters,
  handle: ({ context, parameters }) => listFor(context, parameters.customer, parameters, '/v1/payment_methods'),
});

const listOfCustomer = route({
  method: 'GET',
  path: '/v1/customers/:customer/payment_methods',
  parameters: customerListParameters,
  handle: ({ context, path, parameters }) =>
    listFor(context, path.customer, parameters, `/v1/customers/${path.customer}/payment_methods`),
});

const retrieveOfCustomer = route({
  method: 'GET',
  path: '/v1/customers/:customer/payment_methods/:payment_method',
  parameters: {},
  handle({ context, path }) {
    const customer = requireCustomer(context, path.customer);
    const method = context.objects(paymentMethods).require(path.payment_method);
    if (method.customer !== customer.id) throw resourceMissing('PaymentMethod', path.payment_method);
    return context.present(method);
  },
});

export const paymentMethodResource: Resource = {
  types: [paymentMethods],
  routes: [create, retrieve, update, attach, detach, list, listOfCustomer, retrieveOfCustomer],
  beforeRemoval: {
    customer(context, customer) {
      for (const method of context.objects(paymentMethods).where('customer', customer.id)) {
        detachPaymentMethod(context, method);
      }
    },
  },
};
