import type Stripe from 'stripe';
import { pagination } from '../../http/lists.js';
import {
  type DeclaredFor,
  hash,
  integer,
  metadata,
  modelled,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
  unsupportedParameters,
} from '../../http/parameters.js';
import { address } from '../common-parameters.js';

export const billingDetailsShape = {
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

export const createParameters = {
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

export const updateParameters = {
  allow_redisplay: allowRedisplay,
  billing_details: hash(billingDetailsShape),
  card: hash({ exp_month: integer({ min: 1, max: 12 }), exp_year: integer({ min: 1 }), networks: unsupported() }),
  metadata: metadata(),
  us_bank_account: unsupported(),
} satisfies DeclaredFor<Stripe.PaymentMethodUpdateParams>;

export const customerListParameters = {
  ...pagination,
  allow_redisplay: allowRedisplay,
  type: string(),
} satisfies DeclaredFor<Stripe.CustomerListPaymentMethodsParams>;

export const listParameters = {
  ...customerListParameters,
  customer: string(),
  customer_account: unsupported(),
} satisfies DeclaredFor<Stripe.PaymentMethodListParams>;
