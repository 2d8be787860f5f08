import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { checkedEmail } from '../customer/customer-parameters.js';
import { type Customer, requireCustomer } from '../customer/customer-type.js';
import { createSetupIntent } from '../setup-intent/create-setup-intent.js';
import { type SessionParameters } from './checkout-session-parameters.js';
import { type Session, sessions } from './checkout-session-type.js';
import { withAmounts } from './compute-session-amounts.js';
import { newLines } from './compute-session-lines.js';

const HOUR = 3_600;
const MIN_OPEN_SECONDS = HOUR / 2;
const MAX_OPEN_SECONDS = 24 * HOUR;
const MIN_TRIAL_SECONDS = 48 * HOUR;

/** The one kind of due work of sessions: an open one expires. */
export const SESSION_EXPIRY = 'checkout.session.expire';

type Mode = 'payment' | 'setup' | 'subscription';

/** Refuses two parameters that exclude each other. */
function checkOneOf(sent: SessionParameters, first: keyof SessionParameters, second: keyof SessionParameters): void {
  if (sent[first] === undefined || sent[second] === undefined) return;
  throw invalidRequest(`You may only specify one of these parameters: ${first}, ${second}.`, { param: first });
}

/** Parameters that only some modes have. */
const MODES_OF: readonly (readonly [keyof SessionParameters, readonly Mode[]])[] = [
  ['subscription_data', ['subscription']],
  ['payment_intent_data', ['payment']],
  ['setup_intent_data', ['setup']],
  ['payment_method_collection', ['subscription']],
  ['customer_creation', ['payment', 'setup']],
  ['submit_type', ['payment', 'subscription']],
  ['invoice_creation', ['payment']],
  ['discounts', ['payment', 'subscription']],
  ['allow_promotion_codes', ['payment', 'subscription']],
  ['line_items', ['payment', 'subscription']],
];

function checkMode(sent: SessionParameters, mode: Mode): void {
  for (const [name, modes] of MODES_OF) {
    if (sent[name] !== undefined && !modes.includes(mode)) {
      throw invalidRequest(`You can not pass \`${name}\` in \`${mode}\` mode.`, { param: name });
    }
  }
  if (mode !== 'setup' && (sent.line_items ?? []).length === 0) {
    throw invalidRequest('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' });
  }
  if (mode === 'setup' && sent.currency === undefined && sent.allowed_payment_method_types === undefined) {
    throw invalidRequest('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' });
  }
}

function checkUrls(sent: SessionParameters): void {
  if (sent.success_url === undefined) {
    throw invalidRequest('Missing required param: success_url.', { code: 'parameter_missing', param: 'success_url' });
  }
  for (const name of ['success_url', 'cancel_url'] as const) {
    const url = sent[name];
    if (url === undefined) continue;
    if (!/^https?:\/\/[^\s/]/i.test(url)) {
      throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: name });
    }
  }
}

function checkSupported(sent: SessionParameters): void {
  if (sent.ui_mode !== undefined && sent.ui_mode !== 'hosted_page') {
    throw notSupported(`ui_mode ${sent.ui_mode}`, 'ui_mode');
  }
  if (sent.billing_address_collection === 'required') {
    throw notSupported('the collection of addresses', 'billing_address_collection');
  }
}

/** The types of payment methods that the session takes: cards, and SEPA debits where they are named and possible. */
function methodTypes(
  sent: SessionParameters,
  older: readonly string[] | undefined,
  mode: Mode,
  currency: string | null,
): string[] {
  const named = sent.allowed_payment_method_types ?? older ?? ['card'];
  const possible = mode === 'payment' && currency === 'eur' ? ['card', 'sepa_debit'] : ['card'];
  const types = possible.filter(
    (type) => named.includes(type) && sent.excluded_payment_method_types?.includes(type) !== true,
  );
  if (types.length > 0) return types;
  const names = ['excluded_payment_method_types', 'allowed_payment_method_types'] as const;
  const param = names.find((name) => sent[name] !== undefined) ?? 'payment_method_types';
  throw notSupported('payment methods other than card, and sepa_debit for payments in euros,', param);
}

function checkTimes(context: Context, sent: SessionParameters): void {
  const now = context.now();
  const { expires_at: expiresAt } = sent;
  if (expiresAt !== undefined && expiresAt < now + MIN_OPEN_SECONDS) {
    throw invalidRequest('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', {
      param: 'expires_at',
    });
  }
  if (expiresAt !== undefined && expiresAt > now + MAX_OPEN_SECONDS) {
    throw invalidRequest('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', {
      param: 'expires_at',
    });
  }
  const trialEnd = sent.subscription_data?.trial_end;
  if (trialEnd !== undefined && trialEnd < now + MIN_TRIAL_SECONDS) {
    throw invalidRequest('The `trial_end` date has to be at least 2 days in the future.', {
      param: 'subscription_data[trial_end]',
    });
  }
}

/** What a session knows of the person before the page is filled in. */
function customerFields(sent: SessionParameters, customer: Customer | undefined, mode: Mode) {
  const email = customer?.email ?? sent.customer_email ?? null;
  const known = customer !== undefined || email !== null;
  return {
    customer: customer?.id ?? null,
    customer_account: null,
    customer_creation:
      customer === undefined ? (mode === 'subscription' ? 'always' : (sent.customer_creation ?? 'if_required')) : null,
    customer_details: known
      ? {
          address: customer?.address ?? null,
          business_name: null,
          email,
          individual_name: null,
          name: customer?.name ?? null,
          phone: customer?.phone ?? null,
          tax_exempt: customer?.tax_exempt ?? 'none',
          tax_ids: [],
        }
      : null,
    customer_email: sent.customer_email ?? null,
  } satisfies Partial<Session>;
}

/** Fields of features that the sandbox does not have. */
const ABSENT = {
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  managed_payments: null,
  payment_link: null,
  payment_method_configuration_details: null,
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  wallet_options: null,
} satisfies Partial<Session>;

/** The fields that are taken over from the request. */
function sentFields(sent: SessionParameters, mode: Mode) {
  const { custom_text: text } = sent;
  return {
    allow_promotion_codes: sent.allow_promotion_codes ?? null,
    allowed_payment_method_types: sent.allowed_payment_method_types ?? null,
    billing_address_collection: sent.billing_address_collection ?? null,
    cancel_url: sent.cancel_url ?? null,
    client_reference_id: sent.client_reference_id ?? null,
    custom_text: {
      after_submit: text?.after_submit ?? null,
      shipping_address: null,
      submit: text?.submit ?? null,
      terms_of_service_acceptance: null,
    },
    discounts: (sent.discounts ?? []).map(({ coupon, promotion_code: code }) => ({
      coupon: coupon ?? null,
      promotion_code: code ?? null,
    })),
    ...(sent.excluded_payment_method_types === undefined
      ? {}
      : { excluded_payment_method_types: sent.excluded_payment_method_types }),
    integration_identifier: sent.integration_identifier ?? null,
    locale: sent.locale ?? null,
    metadata: mergeMetadata({}, sent.metadata),
    origin_context: sent.origin_context ?? null,
    payment_method_collection: sent.payment_method_collection ?? (mode === 'payment' ? 'if_required' : 'always'),
    submit_type: sent.submit_type ?? null,
    success_url: sent.success_url ?? null,
  } satisfies Partial<Session>;
}

function hiddenFields(sent: SessionParameters, lines: Session['sandbox']['lines']): Session['sandbox'] {
  return {
    lines,
    subscription_data: sent.subscription_data ?? null,
    payment_intent_data: sent.payment_intent_data ?? null,
    allow_redisplay: sent.payment_method_data?.allow_redisplay ?? 'limited',
    updates_name: sent.customer_update?.name === 'auto',
    trial_end: null,
    attempt: null,
  };
}

function checkParameters(context: Context, sent: SessionParameters, mode: Mode): void {
  checkSupported(sent);
  checkOneOf(sent, 'customer', 'customer_email');
  checkOneOf(sent, 'customer', 'customer_creation');
  checkOneOf(sent, 'discounts', 'allow_promotion_codes');
  checkMode(sent, mode);
  checkUrls(sent);
  checkTimes(context, sent);
  checkedEmail(sent.customer_email);
}

/** The setup intent that a session in setup mode completes. */
function setupIntentOf(context: Context, sent: SessionParameters, mode: Mode): string | null {
  if (mode !== 'setup') return null;
  const { description, metadata } = sent.setup_intent_data ?? {};
  return createSetupIntent(context, {
    customer: sent.customer ?? null,
    description: description ?? null,
    metadata: mergeMetadata({}, metadata),
  }).id;
}

function optionsOf(types: readonly string[]): Session['payment_method_options'] {
  return {
    ...(types.includes('card') ? { card: { request_three_d_secure: 'automatic' as const } } : {}),
    ...(types.includes('sepa_debit') ? { sepa_debit: {} } : {}),
  };
}

/** A session whose amounts are not computed yet. */
function blankSession(
  context: Context,
  sent: SessionParameters,
  mode: Mode,
  customer: Customer | undefined,
  lines: Session['sandbox']['lines'],
  older: readonly string[] | undefined,
): Session {
  const currency = lines[0]?.currency ?? sent.currency ?? null;
  const types = methodTypes(sent, older, mode, currency);
  const now = context.now();
  return {
    id: context.newId('cs_test', 58),
    object: 'checkout.session',
    ...ABSENT,
    ...customerFields(sent, customer, mode),
    ...sentFields(sent, mode),
    amount_subtotal: null,
    amount_total: null,
    created: now,
    currency,
    expires_at: sent.expires_at ?? now + MAX_OPEN_SECONDS,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    mode,
    payment_intent: null,
    payment_method_options: mode === 'setup' ? {} : optionsOf(types),
    payment_method_types: types,
    payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
    setup_intent: setupIntentOf(context, sent, mode),
    status: 'open',
    subscription: null,
    total_details: null,
    ui_mode: 'hosted_page',
    url: null,
    sandbox: hiddenFields(sent, lines),
  };
}

/**
 * Creates an open session, which expires by itself. Throws 400 for terms that could not be completed.
 * @param older `payment_method_types` of earlier API versions
 */
export function createSession(context: Context, sent: SessionParameters, older?: readonly string[]): Session {
  const mode = sent.mode ?? (sent.line_items === undefined ? undefined : 'payment');
  if (mode === undefined) {
    throw invalidRequest('Missing required param: mode.', { code: 'parameter_missing', param: 'mode' });
  }
  const customer = sent.customer === undefined ? undefined : requireCustomer(context, sent.customer);
  checkParameters(context, sent, mode);
  const lines = newLines(context, sent.line_items ?? [], mode, sent.currency);
  const session = blankSession(context, sent, mode, customer, lines, older);
  const stored = context.objects(sessions).insert(withAmounts(context, session, customer));
  context.setDue(SESSION_EXPIRY, stored.id, stored.expires_at);
  return stored;
}
