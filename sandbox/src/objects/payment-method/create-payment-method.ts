import { createHash } from 'node:crypto';
import { invalidRequest, notSupported, resourceMissing } from '../../errors/stripe-error.js';
import { type MetadataChange, type Values, mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { type TestCard, testCardByToken } from '../../rules/test-cards.js';
import { testIban } from '../../rules/test-ibans.js';
import { changed, fullAddress } from '../common-parameters.js';
import { checkCard } from './check-card.js';
import { type billingDetailsShape, type cardShape, type createParameters } from './payment-method-parameters.js';
import { type BillingDetails, type PaymentMethod, NO_BILLING_DETAILS, paymentMethods } from './payment-method-type.js';

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

/** Billing details with the sent fields changed. */
export function mergeBillingDetails(
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
export function checkTypeFields(sent: Values<typeof createParameters>): void {
  const other = sent.type === 'card' ? 'sepa_debit' : 'card';
  if (sent[other] === undefined) return;
  throw invalidRequest(
    `You provided parameter ${other}, but it is not valid for a PaymentMethod with \`type\` of ${sent.type}.`,
    { param: other },
  );
}

/** Makes a SEPA debit payment method. The mandate needs the account holder's name and email. Throws 400 without them. */
export function debitFromParameters(
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
