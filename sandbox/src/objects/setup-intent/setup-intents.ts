import type Stripe from 'stripe';
import { StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, mergeMetadata, oneOf, string, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type JsonObject } from '../../wire.js';
import { cardOnly, changed } from '../common-parameters.js';
import { customers, requireCustomer } from '../customer/customer-type.js';
import { resolvePaymentMethod } from '../payment-method/create-payment-method.js';
import { paymentMethods } from '../payment-method/payment-method-type.js';
import { cancelSetupIntent } from './cancel-setup-intent.js';
import { confirmSetup } from './confirm-setup-intent.js';
import { createSetupIntent } from './create-setup-intent.js';
import { clientSecret, confirmParameters, createParameters, updateParameters } from './setup-intent-parameters.js';
import { type SetupIntent, setupIntents, unexpectedSetupState } from './setup-intent-type.js';

function requireSetupIntent(context: Context, id: string, secret: string | undefined): SetupIntent {
  const intent = context.objects(setupIntents).require(id, 'intent');
  if ((context.request?.publishable === true || secret !== undefined) && secret !== intent.client_secret) {
    throw invalidRequest('The client_secret provided does not match the client_secret of this SetupIntent.', {
      code: 'setup_intent_invalid_parameter',
      param: 'client_secret',
    });
  }
  context.useTestClock(context.objects(customers).get(intent.customer ?? '')?.test_clock);
  return intent;
}

/** Confirms with the intent's payment method; a declined card becomes a 402 that carries the intent. */
function confirm(context: Context, intent: SetupIntent): SetupIntent {
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
    throw unexpectedSetupState(context, intent, 'confirm');
  }
  if (intent.payment_method === null) {
    throw invalidRequest(
      "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a " +
        'payment method and then confirm it again.',
      { code: 'setup_intent_unexpected_state' },
    );
  }
  const method = context.objects(paymentMethods).require(intent.payment_method);
  if (method.customer !== null && method.customer !== intent.customer) {
    throw invalidRequest(`The payment method you provided belongs to Customer ${method.customer}.`, {
      param: 'payment_method',
    });
  }
  const outcome = confirmSetup(context, intent, method);
  if (outcome.status !== 'failed') return outcome.intent;
  const shown = { setup_intent: context.present(outcome.intent) as JsonObject };
  throw new StripeError(402, { ...outcome.error, ...shown }, true);
}

const create = route({
  method: 'POST',
  path: '/v1/setup_intents',
  parameters: createParameters,
  olderParameters: cardOnly,
  handle({ context, parameters: sent }) {
    if (sent.customer !== undefined) requireCustomer(context, sent.customer);
    const method = sent.payment_method === undefined ? undefined : resolvePaymentMethod(context, sent.payment_method);
    const { payment_method_types: _types, ...given } = sent;
    const intent = createSetupIntent(context, {
      ...given,
      automatic_payment_methods: {
        allow_redirects: 'always',
        ...(sent.automatic_payment_methods ?? { enabled: true }),
      },
      metadata: mergeMetadata({}, sent.metadata),
      payment_method: method?.id ?? null,
    });
    return context.present(sent.confirm === true ? confirm(context, intent) : intent);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/setup_intents/:intent',
  parameters: { ...clientSecret },
  publishable: true,
  handle: ({ context, path, parameters }) =>
    context.present(requireSetupIntent(context, path.intent, parameters.client_secret)),
});

const update = route({
  method: 'POST',
  path: '/v1/setup_intents/:intent',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = requireSetupIntent(context, path.intent, undefined);
    if (before.status === 'succeeded' || before.status === 'canceled') {
      throw unexpectedSetupState(context, before, 'update');
    }
    if (sent.customer !== undefined) requireCustomer(context, sent.customer);
    const method =
      sent.payment_method === undefined ? before.payment_method : resolvePaymentMethod(context, sent.payment_method).id;
    const after = context.objects(setupIntents).update(before.id, {
      customer: sent.customer ?? before.customer,
      description: changed(sent.description, before.description),
      metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
      payment_method: method,
      status: before.status === 'requires_payment_method' && method !== null ? 'requires_confirmation' : before.status,
    });
    return context.present(after);
  },
});

const confirmRoute = route({
  method: 'POST',
  path: '/v1/setup_intents/:intent/confirm',
  parameters: confirmParameters,
  publishable: true,
  handle({ context, path, parameters: sent }) {
    const before = requireSetupIntent(context, path.intent, sent.client_secret);
    const method =
      sent.payment_method === undefined ? before.payment_method : resolvePaymentMethod(context, sent.payment_method).id;
    const sandbox = { return_url: sent.return_url ?? before.sandbox.return_url };
    return context.present(confirm(context, { ...before, payment_method: method, sandbox }));
  },
});

const cancel = route({
  method: 'POST',
  path: '/v1/setup_intents/:intent/cancel',
  parameters: {
    cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer'),
  } satisfies DeclaredFor<Stripe.SetupIntentCancelParams>,
  handle({ context, path, parameters }) {
    const intent = requireSetupIntent(context, path.intent, undefined);
    return context.present(cancelSetupIntent(context, intent, parameters.cancellation_reason ?? null));
  },
});

const list = route({
  method: 'GET',
  path: '/v1/setup_intents',
  parameters: {
    ...pagination,
    attach_to_self: unsupported(),
    created: range,
    customer: string(),
    customer_account: unsupported(),
    payment_method: string(),
  } satisfies DeclaredFor<Stripe.SetupIntentListParams>,
  handle: ({ context, parameters: sent }) =>
    listPage(context, setupIntents, sent, {
      url: '/v1/setup_intents',
      among: sent.customer === undefined ? undefined : context.objects(setupIntents).where('customer', sent.customer),
      filter: (intent) =>
        inRange(intent.created, sent.created) &&
        (sent.payment_method === undefined || intent.payment_method === sent.payment_method),
    }),
});

export const setupIntentResource: Resource = {
  types: [setupIntents],
  routes: [create, retrieve, update, confirmRoute, cancel, list],
};
