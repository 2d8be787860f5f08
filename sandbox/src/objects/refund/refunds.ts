import type Stripe from 'stripe';
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
import { route } from '../../http/router.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { type Charge, charges } from '../charge/charges.js';
import { customers } from '../customer/customers.js';
import { paymentIntents } from '../payment-intent/pay-payment-intent.js';
import { paymentMethods, testCardOf } from '../payment-method/create-payment-method.js';
import { type Resource } from '../../http/resource.js';

export type Refund = Stored<Stripe.Refund>;

export const refunds = objectType<Refund>({
  object: 'refund',
  prefix: 're',
  indexes: { charge: (refund) => refund.charge, payment_intent: (refund) => refund.payment_intent },
  references: { charge: 'charge', payment_intent: 'payment_intent', customer: 'customer' },
});

/** Simulated seconds until a refund of the test cards for pending and failing refunds changes. */
const SETTLES_AFTER_SECONDS = 60;

/**
 * Refunds a charge, wholly or in part, and emits `refund.created` and `charge.refunded`. Throws 400 when there is not
 * that much left.
 * @param input.amount minor units; default: what is left of the charge
 */
export function refundCharge(
  context: Context,
  charge: Charge,
  input: { amount?: number; reason?: Refund['reason']; metadata?: Record<string, string> },
): Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  checkRefundable(charge, left, input.amount);
  const amount = input.amount ?? left;
  const method = context.objects(paymentMethods).get(charge.payment_method ?? '');
  const behaviour = method === undefined ? undefined : testCardOf(method).refund;
  const refund = context.objects(refunds).insert({
    id: context.newId('re'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: context.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: input.metadata ?? {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(behaviour === 'pending' ? { pending_reason: 'processing' } : {}),
    reason: input.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: behaviour === 'pending' ? 'pending' : 'succeeded',
    transfer_reversal: null,
  });
  if (behaviour !== undefined) context.setDue('refund.settles', refund.id, context.now() + SETTLES_AFTER_SECONDS);
  context.emit('refund.created', refund);
  const after = withRefunded(context, charge, charge.amount_refunded + amount);
  context.emit('charge.refunded', after, charge);
  return refund;
}

function withRefunded(context: Context, charge: Charge, amountRefunded: number): Charge {
  return context.objects(charges).update(charge.id, {
    amount_refunded: amountRefunded,
    refunded: amountRefunded >= charge.amount_captured,
  });
}

function checkRefundable(charge: Charge, left: number, amount: number | undefined): void {
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw invalidRequest(`Charge ${charge.id} has not been paid and cannot be refunded.`, { param: 'charge' });
  }
  if (charge.disputed) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
  if (left <= 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  }
  if (amount !== undefined && amount > left) {
    throw invalidRequest(
      `Refund amount (${amount} ${charge.currency}) is greater than unrefunded amount on charge (${left} ${charge.currency})`,
      { param: 'amount' },
    );
  }
}

/** A pending refund succeeds; a refund of the failing card fails, and the charge counts it no more. */
function settle(context: Context, id: string): void {
  const before = context.objects(refunds).require(id);
  if (before.status === 'pending') {
    const { pending_reason: _reason, ...rest } = before;
    emitChange(context, before, context.objects(refunds).replace({ ...rest, status: 'succeeded' }));
    return;
  }
  const failed = context
    .objects(refunds)
    .replace({ ...before, status: 'failed', failure_reason: 'lost_or_stolen_card' });
  emitChange(context, before, failed);
  context.emit('refund.failed', failed);
  const charge = context.objects(charges).require(before.charge ?? '');
  const after = withRefunded(context, charge, charge.amount_refunded - before.amount);
  context.emitUpdated('charge.updated', charge, after);
}

function emitChange(context: Context, before: Refund, after: Refund): void {
  context.emitUpdated('refund.updated', before, after);
  context.emitUpdated('charge.refund.updated', before, after);
}

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
