import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  mergeMetadata,
  metadata,
  oneOf,
  string,
  unsupported,
  unsupportedParameters,
} from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { DEBIT_DUE, settleDebit } from './debit-payment-intent.js';
import { type Context } from '../../kernel/context.js';
import { formatAmount, minimumCharge } from '../../rules/currencies.js';
import { cardOrDebit, changed, fullShipping } from '../common-parameters.js';
import { customers, requireCustomer } from '../customer/customer-type.js';
import { resolvePaymentMethod } from '../payment-method/create-payment-method.js';
import { cancelIntent } from './cancel-payment-intent.js';
import { captureIntent } from './capture-payment-intent.js';
import { CONFIRMABLE, confirm } from './confirm-payment-intent.js';
import { createIntent } from './create-payment-intent.js';
import {
  amount,
  clientSecret,
  confirmParameters,
  createParameters,
  updateParameters,
} from './payment-intent-parameters.js';
import { type PaymentIntent, paymentIntents, unexpectedState } from './payment-intent-type.js';

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
    const intent = {
      ...before,
      capture_method: sent.capture_method ?? before.capture_method,
      payment_method: method,
      receipt_email: changed(sent.receipt_email, before.receipt_email),
      setup_future_usage: changed(sent.setup_future_usage, before.setup_future_usage),
      shipping: sent.shipping ? fullShipping(sent.shipping) : changed(sent.shipping, before.shipping),
      sandbox: { return_url: sent.return_url ?? before.sandbox.return_url },
    };
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
    const merged = { ...intent, metadata: mergeMetadata(intent.metadata, sent.metadata) };
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
  due: { [DEBIT_DUE]: settleDebit },
};
