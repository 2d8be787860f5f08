import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  boolean,
  currency,
  either,
  hash,
  integer,
  mergeMetadata,
  metadata,
  modelled,
  oneOf,
  onlyFalse,
  required,
  string,
  unsettable,
  unsupported,
  unsupportedParameters,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { StripeError, invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { formatAmount, minimumCharge } from '../../rules/currencies.js';
import { type JsonObject } from '../../wire.js';
import { cardOrDebit, changed, fullShipping, shipping } from '../common-parameters.js';
import { customers, requireCustomer } from '../customer/customers.js';
import {
  type PaymentIntent,
  type PaymentOutcome,
  cancelIntent,
  captureIntent,
  createIntent,
  payIntent,
  paymentIntents,
  unexpectedState,
} from './pay-payment-intent.js';
import { mandateData } from '../mandate/mandates.js';
import { debitForIntent } from './debit-payment-intent.js';
import { type PaymentMethod, paymentMethods, resolvePaymentMethod } from '../payment-method/create-payment-method.js';
import { type Resource } from '../../http/resource.js';

const futureUsage = oneOf('off_session', 'on_session');
const offSession = either(boolean(), oneOf('one_off', 'recurring'));
const amount = integer({ min: 1, max: 99_999_999_999 });
/** Stripe's own scripts send the secret of the intent with a publishable key. */
const clientSecret = { client_secret: string() };
const notModelled = unsupportedParameters(
  'amount_details',
  'excluded_payment_method_types',
  'hooks',
  'payment_details',
  'payment_method_data',
  'payment_method_options',
);

const createParameters = {
  ...notModelled,
  ...unsupportedParameters(
    'application_fee_amount',
    'confirmation_token',
    'customer_account',
    'mandate',
    'on_behalf_of',
    'payment_method_configuration',
    'radar_options',
    'transfer_data',
    'transfer_group',
  ),
  allowed_payment_method_types: array(modelled('card', 'sepa_debit')),
  amount: required(amount),
  currency: required(currency()),
  automatic_payment_methods: hash({ allow_redirects: oneOf('always', 'never'), enabled: required(boolean()) }),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  confirm: boolean(),
  confirmation_method: oneOf('automatic', 'manual'),
  customer: string(),
  description: string({ max: 1_000 }),
  error_on_requires_action: boolean(),
  mandate_data: mandateData,
  metadata: metadata(),
  off_session: offSession,
  payment_method: string(),
  receipt_email: string(),
  return_url: string(),
  setup_future_usage: futureUsage,
  shipping,
  statement_descriptor: string({ max: 22 }),
  statement_descriptor_suffix: string({ max: 22 }),
  use_stripe_sdk: onlyFalse(),
} satisfies DeclaredFor<Stripe.PaymentIntentCreateParams>;

const updateParameters = {
  ...notModelled,
  ...unsupportedParameters(
    'allowed_payment_method_types',
    'application_fee_amount',
    'customer_account',
    'payment_method_configuration',
    'transfer_data',
    'transfer_group',
  ),
  amount,
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  currency: currency(),
  customer: string(),
  description: unsettable(string({ max: 1_000 })),
  metadata: metadata(),
  payment_method: string(),
  receipt_email: unsettable(string()),
  setup_future_usage: unsettable(futureUsage),
  shipping: unsettable(shipping),
  statement_descriptor: string({ max: 22 }),
  statement_descriptor_suffix: string({ max: 22 }),
} satisfies DeclaredFor<Stripe.PaymentIntentUpdateParams>;

const confirmParameters = {
  ...notModelled,
  ...clientSecret,
  ...unsupportedParameters(
    'allowed_payment_method_types',
    'amount_to_confirm',
    'confirmation_token',
    'mandate',
    'radar_options',
  ),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  error_on_requires_action: boolean(),
  mandate_data: mandateData,
  off_session: offSession,
  payment_method: string(),
  receipt_email: unsettable(string()),
  return_url: string(),
  setup_future_usage: unsettable(futureUsage),
  shipping: unsettable(shipping),
  use_stripe_sdk: onlyFalse(),
} satisfies DeclaredFor<Stripe.PaymentIntentConfirmParams>;

function checkAmount(sent: number, code: string): void {
  const lowest = minimumCharge(code);
  if (sent >= lowest) return;
  throw invalidRequest(`Amount must be at least ${formatAmount(lowest, code)} ${code}`, {
    code: 'amount_too_small',
    param: 'amount',
  });
}

/** The intent of a request, its customer's test clock in use; a publishable key needs the intent's secret. */
function requireIntent(context: Context, id: string, secret: string | undefined): PaymentIntent {
  const intent = context.objects(paymentIntents).require(id, 'intent');
  if ((context.request?.publishable === true || secret !== undefined) && secret !== intent.client_secret) {
    throw invalidRequest('The client_secret provided does not match the client_secret of this PaymentIntent.', {
      code: 'payment_intent_invalid_parameter',
      param: 'client_secret',
    });
  }
  context.useTestClock(context.objects(customers).get(intent.customer ?? '')?.test_clock);
  return intent;
}

interface Confirmation {
  readonly off_session?: boolean | 'one_off' | 'recurring';
  readonly error_on_requires_action?: boolean;
  readonly mandate_data?: Values<{ mandate_data: typeof mandateData }>['mandate_data'];
}

/** An intent takes only the types of payment methods that it was made for. */
function checkType(intent: PaymentIntent, method: PaymentMethod): void {
  if (intent.payment_method_types.includes(method.type)) return;
  throw invalidRequest(
    `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod ` +
      `of one of these types: ${intent.payment_method_types.join(', ')}.`,
    { code: 'payment_intent_invalid_parameter', param: 'payment_method' },
  );
}

const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

/** Confirms an intent with its payment method. A declined card becomes a 402 that carries the intent. */
function confirm(context: Context, intent: PaymentIntent, sent: Confirmation): PaymentIntent {
  if (!CONFIRMABLE.includes(intent.status)) throw unexpectedState(context, intent, 'confirm', CONFIRMABLE);
  if (intent.payment_method === null) {
    throw new StripeError(400, {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message:
        'You cannot confirm this PaymentIntent because it’s missing a payment method. You can either update the ' +
        'PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.',
      payment_intent: context.present(intent) as JsonObject,
    });
  }
  const method = context.objects(paymentMethods).require(intent.payment_method);
  checkType(intent, method);
  const acceptance = sent.mandate_data?.customer_acceptance;
  if (method.type === 'sepa_debit') {
    if (acceptance !== undefined) return debitForIntent(context, intent, method, acceptance);
    throw invalidRequest('A mandate is needed to debit the bank account: please provide `mandate_data`.', {
      code: 'parameter_missing',
      param: 'mandate_data',
    });
  }
  if (acceptance !== undefined) throw notSupported('mandates for cards', 'mandate_data');
  const isOffSession = sent.off_session !== undefined && sent.off_session !== false;
  const outcome = payIntent(context, intent, {
    method,
    offSession: isOffSession,
    whenAuthenticationIsNeeded: isOffSession || sent.error_on_requires_action === true ? 'fail' : 'wait',
  });
  return intentOf(context, outcome);
}

function intentOf(context: Context, outcome: PaymentOutcome): PaymentIntent {
  if (outcome.status !== 'failed') return outcome.intent;
  const method = outcome.intent.last_payment_error?.payment_method as JsonObject | undefined;
  throw new StripeError(
    402,
    {
      ...outcome.error,
      payment_intent: context.present(outcome.intent) as JsonObject,
      ...(method === undefined ? {} : { payment_method: method }),
    },
    true,
  );
}

const create = route({
  method: 'POST',
  path: '/v1/payment_intents',
  parameters: createParameters,
  olderParameters: cardOrDebit,
  handle({ context, parameters: sent }) {
    checkAmount(sent.amount, sent.currency);
    if (sent.customer !== undefined) requireCustomer(context, sent.customer);
    const method = sent.payment_method === undefined ? undefined : resolvePaymentMethod(context, sent.payment_method);
    const param = (['off_session', 'error_on_requires_action', 'mandate_data'] as const).find(
      (name) => sent[name] !== undefined,
    );
    if (sent.confirm !== true && param !== undefined) {
      throw invalidRequest(`You can only set \`${param}\` when also setting \`confirm\` to \`true\`.`, { param });
    }
    const { shipping: sentShipping, metadata: sentMetadata, payment_method_types: types, ...given } = sent;
    const intent = createIntent(context, {
      ...given,
      automatic_payment_methods: {
        allow_redirects: 'always',
        ...(sent.automatic_payment_methods ?? { enabled: true }),
      },
      metadata: mergeMetadata({}, sentMetadata),
      payment_method: method?.id ?? null,
      payment_method_types: sent.allowed_payment_method_types ?? types ?? ['card'],
      shipping: sentShipping === undefined ? null : fullShipping(sentShipping),
    });
    return context.present(sent.confirm === true ? confirm(context, intent, sent) : intent);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/payment_intents/:intent',
  parameters: { ...clientSecret },
  publishable: true,
  handle: ({ context, path, parameters }) =>
    context.present(requireIntent(context, path.intent, parameters.client_secret)),
});

const update = route({
  method: 'POST',
  path: '/v1/payment_intents/:intent',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = requireIntent(context, path.intent, undefined);
    const onlyAnyTime = Object.keys(sent).every((name) => name === 'metadata' || name === 'description');
    if (!onlyAnyTime && !CONFIRMABLE.includes(before.status)) {
      throw unexpectedState(context, before, 'update', CONFIRMABLE);
    }
    if (sent.amount !== undefined) checkAmount(sent.amount, sent.currency ?? before.currency);
    if (sent.customer !== undefined) requireCustomer(context, sent.customer);
    const method =
      sent.payment_method === undefined ? before.payment_method : resolvePaymentMethod(context, sent.payment_method).id;
    const after = context.objects(paymentIntents).update(before.id, {
      amount: sent.amount ?? before.amount,
      capture_method: sent.capture_method ?? before.capture_method,
      currency: sent.currency ?? before.currency,
      customer: sent.customer ?? before.customer,
      description: changed(sent.description, before.description),
      metadata: mergeMetadata(before.metadata, sent.metadata),
      payment_method: method,
      receipt_email: changed(sent.receipt_email, before.receipt_email),
      setup_future_usage: changed(sent.setup_future_usage, before.setup_future_usage),
      shipping: sent.shipping ? fullShipping(sent.shipping) : changed(sent.shipping, before.shipping),
      statement_descriptor: sent.statement_descriptor ?? before.statement_descriptor,
      statement_descriptor_suffix: sent.statement_descriptor_suffix ?? before.statement_descriptor_suffix,
      status: before.status === 'requires_payment_method' && method !== null ? 'requires_confirmation' : before.status,
    });
    return context.present(after);
  },
});

const confirmRoute = route({
  method: 'POST',
  path: '/v1/payment_intents/:intent/confirm',
  parameters: confirmParameters,
  publishable: true,
  handle({ context, path, parameters: sent }) {
    const before = requireIntent(context, path.intent, sent.client_secret);
    const method =
      sent.payment_method === undefined ? before.payment_method : resolvePaymentMethod(context, sent.payment_method).id;
    const intent = context.objects(paymentIntents).update(before.id, {
      capture_method: sent.capture_method ?? before.capture_method,
      payment_method: method,
      receipt_email: changed(sent.receipt_email, before.receipt_email),
      setup_future_usage: changed(sent.setup_future_usage, before.setup_future_usage),
      shipping: sent.shipping ? fullShipping(sent.shipping) : changed(sent.shipping, before.shipping),
      sandbox: { return_url: sent.return_url ?? before.sandbox.return_url },
    });
    return context.present(confirm(context, intent, sent));
  },
});

const capture = route({
  method: 'POST',
  path: '/v1/payment_intents/:intent/capture',
  parameters: {
    ...unsupportedParameters('amount_details', 'application_fee_amount', 'hooks', 'payment_details', 'transfer_data'),
    amount_to_capture: amount,
    final_capture: oneOf('true'),
    metadata: metadata(),
    statement_descriptor: unsupported(),
    statement_descriptor_suffix: unsupported(),
  } satisfies DeclaredFor<Stripe.PaymentIntentCaptureParams>,
  handle({ context, path, parameters: sent }) {
    const intent = requireIntent(context, path.intent, undefined);
    const merged = context
      .objects(paymentIntents)
      .update(intent.id, { metadata: mergeMetadata(intent.metadata, sent.metadata) });
    return context.present(captureIntent(context, merged, sent.amount_to_capture));
  },
});

const cancel = route({
  method: 'POST',
  path: '/v1/payment_intents/:intent/cancel',
  parameters: {
    cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
  } satisfies DeclaredFor<Stripe.PaymentIntentCancelParams>,
  handle({ context, path, parameters }) {
    const intent = requireIntent(context, path.intent, undefined);
    return context.present(cancelIntent(context, intent, parameters.cancellation_reason ?? null));
  },
});

const list = route({
  method: 'GET',
  path: '/v1/payment_intents',
  parameters: {
    ...pagination,
    created: range,
    customer: string(),
    customer_account: unsupported(),
  } satisfies DeclaredFor<Stripe.PaymentIntentListParams>,
  handle: ({ context, parameters: sent }) =>
    listPage(context, paymentIntents, sent, {
      url: '/v1/payment_intents',
      among: sent.customer === undefined ? undefined : context.objects(paymentIntents).where('customer', sent.customer),
      filter: (intent) => inRange(intent.created, sent.created),
    }),
});

export const paymentIntentResource: Resource = {
  types: [paymentIntents],
  routes: [create, retrieve, update, confirmRoute, capture, cancel, list],
};
