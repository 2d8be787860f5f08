import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  boolean,
  hash,
  mergeMetadata,
  metadata,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored, type Wire } from '../../wire.js';
import { type Charge, charges } from '../charge/charges.js';
import { customers } from '../customer/customers.js';
import { cardOf, paymentMethods, testCardOf } from '../payment-method/create-payment-method.js';
import { type Resource } from '../../http/resource.js';

export type Dispute = Stored<Stripe.Dispute>;

export const disputes = objectType<Dispute>({
  object: 'dispute',
  prefix: 'du',
  indexes: { charge: (dispute) => dispute.charge, payment_intent: (dispute) => dispute.payment_intent },
  references: { charge: 'charge', payment_intent: 'payment_intent' },
});

const ANSWER_WITHIN_SECONDS = 9 * 86_400;
/** Stripe's test evidence decides how a dispute ends. */
const WINNING = 'winning_evidence';
const LOSING = 'losing_evidence';

const EVIDENCE = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;
type EvidenceName = (typeof EVIDENCE)[number];

const NO_EVIDENCE = {
  ...(Object.fromEntries(EVIDENCE.map((name) => [name, null])) as Record<EvidenceName, null>),
  enhanced_evidence: {},
} satisfies Wire<Stripe.Dispute.Evidence>;

/** Opens the dispute that the charge's test card asks for; the amount is taken back unless it is an inquiry. */
function open(context: Context, charge: Charge): void {
  const method = context.objects(paymentMethods).get(charge.payment_method ?? '');
  const behaviour = method === undefined ? undefined : testCardOf(method).dispute;
  if (method === undefined || behaviour === undefined || charge.disputed) return;
  const dispute = context.objects(disputes).insert({
    id: context.newId('du'),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: context.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: context.now() + ANSWER_WITHIN_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: behaviour.inquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: cardOf(method).brand,
        case_type: behaviour.inquiry ? 'inquiry' : 'chargeback',
        network: cardOf(method).brand,
        network_reason_code: behaviour.reason === 'fraudulent' ? '10.4' : '13.1',
      },
      type: 'card',
    },
    reason: behaviour.reason,
    status: behaviour.inquiry ? 'warning_needs_response' : 'needs_response',
  });
  context.emit('charge.dispute.created', dispute);
  context.setDue('dispute.expires', dispute.id, context.now() + ANSWER_WITHIN_SECONDS);
  if (behaviour.inquiry) return;
  context.objects(charges).update(charge.id, { disputed: true });
  context.emit('charge.dispute.funds_withdrawn', dispute);
}

/** Ends a dispute. A won one gives the amount back. */
function close(context: Context, before: Dispute, status: 'won' | 'lost' | 'warning_closed'): Dispute {
  const { evidence_details: details } = before;
  const unanswered = details.submission_count === 0 && details.due_by !== null && details.due_by <= context.now();
  const after = context.objects(disputes).update(before.id, {
    status,
    evidence_details: { ...details, past_due: unanswered },
    is_charge_refundable: status !== 'lost',
  });
  context.clearDue('dispute.expires', before.id);
  context.emitUpdated('charge.dispute.updated', before, after);
  context.emit('charge.dispute.closed', after);
  if (status === 'won') context.emit('charge.dispute.funds_reinstated', after);
  return after;
}

function requireDispute(context: Context, id: string): Dispute {
  const dispute = context.objects(disputes).require(id);
  const charge = context.objects(charges).get(dispute.charge);
  context.useTestClock(context.objects(customers).get(charge?.customer ?? '')?.test_clock);
  return dispute;
}

function isOpen(dispute: Dispute): boolean {
  return dispute.status === 'needs_response' || dispute.status === 'warning_needs_response';
}

const evidenceText = unsettable(string({ max: 20_000 }));
const updateParameters = {
  evidence: hash({
    ...(Object.fromEntries(EVIDENCE.map((name) => [name, evidenceText])) as Record<EvidenceName, typeof evidenceText>),
    appeal: unsupported(),
    enhanced_evidence: unsupported(),
  } satisfies DeclaredFor<Stripe.DisputeUpdateParams.Evidence>),
  intended_submission_method: unsupported(),
  metadata: metadata(),
  submit: boolean(),
} satisfies DeclaredFor<Stripe.DisputeUpdateParams>;

function withEvidence(dispute: Dispute, sent: Values<typeof updateParameters>['evidence']): Partial<Dispute> {
  if (sent === undefined) return {};
  const evidence = { ...dispute.evidence, ...(sent as Partial<Record<EvidenceName, string | null>>) };
  const given = EVIDENCE.some((name) => evidence[name] !== null);
  return { evidence, evidence_details: { ...dispute.evidence_details, has_evidence: given } };
}

/** Hands the evidence in: Stripe's test texts decide the dispute, anything else leaves it under review. */
function submit(context: Context, dispute: Dispute): Dispute {
  const submitted = context.objects(disputes).update(dispute.id, {
    status: dispute.status === 'warning_needs_response' ? 'warning_under_review' : 'under_review',
    evidence_details: {
      ...dispute.evidence_details,
      submission_count: dispute.evidence_details.submission_count + 1,
      submission_method: 'manual',
    },
  });
  context.clearDue('dispute.expires', dispute.id);
  context.emitUpdated('charge.dispute.updated', dispute, submitted);
  const text = submitted.evidence.uncategorized_text;
  if (text === WINNING) return close(context, submitted, 'won');
  if (text === LOSING) return close(context, submitted, 'lost');
  return submitted;
}

const update = route({
  method: 'POST',
  path: '/v1/disputes/:dispute',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = requireDispute(context, path.dispute);
    if (sent.evidence !== undefined && !isOpen(before)) {
      throw invalidRequest('This dispute is already closed or under review; its evidence cannot be changed.', {
        code: 'dispute_unexpected_state',
      });
    }
    const changed = context.objects(disputes).update(before.id, {
      ...withEvidence(before, sent.evidence),
      metadata: mergeMetadata(before.metadata, sent.metadata),
    });
    context.emitUpdated('charge.dispute.updated', before, changed);
    const hasEvidence = sent.evidence !== undefined && sent.submit !== false;
    return context.present(hasEvidence || sent.submit === true ? submit(context, changed) : changed);
  },
});

const closeRoute = route({
  method: 'POST',
  path: '/v1/disputes/:dispute/close',
  parameters: {},
  handle({ context, path }) {
    const dispute = requireDispute(context, path.dispute);
    if (!isOpen(dispute)) throw invalidRequest('This dispute is already closed.');
    const inquiry = dispute.status === 'warning_needs_response';
    return context.present(close(context, dispute, inquiry ? 'warning_closed' : 'lost'));
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/disputes/:dispute',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(disputes).require(path.dispute)),
});

const list = route({
  method: 'GET',
  path: '/v1/disputes',
  parameters: {
    ...pagination,
    charge: string(),
    created: range,
    payment_intent: string(),
  } satisfies DeclaredFor<Stripe.DisputeListParams>,
  handle: ({ context, parameters: sent }) =>
    listPage(context, disputes, sent, {
      url: '/v1/disputes',
      filter: (dispute) =>
        inRange(dispute.created, sent.created) &&
        (sent.charge === undefined || dispute.charge === sent.charge) &&
        (sent.payment_intent === undefined || dispute.payment_intent === sent.payment_intent),
    }),
});

export const disputeResource: Resource = {
  types: [disputes],
  routes: [update, closeRoute, retrieve, list],
  due: {
    'dispute.opens': (context, charge) => open(context, context.objects(charges).require(charge)),
    'dispute.expires': (context, id) => {
      const dispute = context.objects(disputes).require(id);
      close(context, dispute, dispute.status === 'warning_needs_response' ? 'warning_closed' : 'lost');
    },
  },
  onEvent: {
    'charge.succeeded'(context, record) {
      const charge = context.objects(charges).require(record.id);
      const method = context.objects(paymentMethods).get(charge.payment_method ?? '');
      if (method?.type === 'card' && testCardOf(method).dispute !== undefined) {
        context.setDue('dispute.opens', charge.id, context.now());
      }
    },
  },
};
