import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  integer,
  mergeMetadata,
  metadata,
  oneOf,
  string,
  unsupportedParameters,
} from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type Charge, charges } from '../charge/charge-type.js';
import { customers } from '../customer/customer-type.js';
import { paymentIntents } from '../payment-intent/payment-intent-type.js';
import { refundCharge } from './create-refund.js';
import { refunds } from './refund-type.js';
import { emitChange, settle } from './settle-refund.js';

/** The charge that a refund request names, its customer's test clock in use. */
function requireCharge(context: Context, chargeId: string | undefined, intentId: string | undefined): Charge {
  if (chargeId === undefined && intentId === undefined) {
    throw invalidRequest('One of the following params should be provided for this request: payment_intent or charge.', {
      code: 'parameter_missing',
    });
  }
  if (chargeId !== undefined && intentId !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: charge, payment_intent.');
  }
  const intent =
    intentId === undefined ? undefined : context.objects(paymentIntents).require(intentId, 'payment_intent');
  if (intent !== undefined && (intent.latest_charge === null || intent.amount_received === 0)) {
    throw invalidRequest(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
      code: 'payment_intent_unexpected_state',
      param: 'payment_intent',
    });
  }
  const charge = context.objects(charges).require(intent?.latest_charge ?? chargeId ?? '', 'charge');
  context.useTestClock(context.objects(customers).get(charge.customer ?? '')?.test_clock);
  return charge;
}

const create = route({
  method: 'POST',
  path: '/v1/refunds',
  parameters: {
    ...unsupportedParameters(
      'currency',
      'customer',
      'instructions_email',
      'origin',
      'refund_application_fee',
      'reverse_transfer',
    ),
    amount: integer({ min: 1 }),
    charge: string(),
    metadata: metadata(),
    payment_intent: string(),
    reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  } satisfies DeclaredFor<Stripe.RefundCreateParams>,
  handle({ context, parameters: sent }) {
    const charge = requireCharge(context, sent.charge, sent.payment_intent);
    const refund = refundCharge(context, charge, {
      ...(sent.amount === undefined ? {} : { amount: sent.amount }),
      reason: sent.reason ?? null,
      metadata: mergeMetadata({}, sent.metadata),
    });
    return context.present(refund);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/refunds/:refund',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(refunds).require(path.refund)),
});

const update = route({
  method: 'POST',
  path: '/v1/refunds/:refund',
  parameters: { metadata: metadata() } satisfies DeclaredFor<Stripe.RefundUpdateParams>,
  handle({ context, path, parameters }) {
    const before = context.objects(refunds).require(path.refund);
    const after = context
      .objects(refunds)
      .update(before.id, { metadata: mergeMetadata(before.metadata ?? {}, parameters.metadata) });
    emitChange(context, before, after);
    return context.present(after);
  },
});

const cancel = route({
  method: 'POST',
  path: '/v1/refunds/:refund/cancel',
  parameters: {},
  handle({ context, path }) {
    const refund = context.objects(refunds).require(path.refund);
    throw invalidRequest(
      `You cannot cancel this refund because it has a status of ${refund.status}. Only refunds that require action can be canceled.`,
    );
  },
});

const list = route({
  method: 'GET',
  path: '/v1/refunds',
  parameters: {
    ...pagination,
    charge: string(),
    created: range,
    payment_intent: string(),
  } satisfies DeclaredFor<Stripe.RefundListParams>,
  handle({ context, parameters: sent }) {
    const stored = context.objects(refunds);
    const byIntent =
      sent.payment_intent === undefined ? undefined : stored.where('payment_intent', sent.payment_intent);
    return listPage(context, refunds, sent, {
      url: '/v1/refunds',
      among: sent.charge === undefined ? byIntent : stored.where('charge', sent.charge),
      filter: (refund) =>
        inRange(refund.created, sent.created) &&
        (sent.payment_intent === undefined || refund.payment_intent === sent.payment_intent),
    });
  },
});

export const refundResource: Resource = {
  types: [refunds],
  routes: [create, retrieve, update, cancel, list],
  due: { 'refund.settles': (context, id) => settle(context, id) },
};
