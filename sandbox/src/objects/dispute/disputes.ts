import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, type Values, mergeMetadata, string } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { charges } from '../charge/charge-type.js';
import { customers } from '../customer/customer-type.js';
import { paymentMethods, testCardOf } from '../payment-method/payment-method-type.js';
import { close, submit } from './close-dispute.js';
import { updateParameters } from './dispute-parameters.js';
import { type Dispute, type EvidenceName, EVIDENCE, disputes, isOpen } from './dispute-type.js';
import { open } from './open-dispute.js';

function requireDispute(context: Context, id: string): Dispute {
  const dispute = context.objects(disputes).require(id);
  const charge = context.objects(charges).get(dispute.charge);
  context.useTestClock(context.objects(customers).get(charge?.customer ?? '')?.test_clock);
  return dispute;
}

function withEvidence(dispute: Dispute, sent: Values<typeof updateParameters>['evidence']): Partial<Dispute> {
  if (sent === undefined) return {};
  const evidence = { ...dispute.evidence, ...(sent as Partial<Record<EvidenceName, string | null>>) };
  const given = EVIDENCE.some((name) => evidence[name] !== null);
  return { evidence, evidence_details: { ...dispute.evidence_details, has_evidence: given } };
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
