import { type Context } from '../../kernel/context.js';
import { type Dispute, disputes } from './dispute-type.js';

/** Stripe's test evidence decides how a dispute ends. */
const WINNING = 'winning_evidence';
const LOSING = 'losing_evidence';

/** Ends a dispute. A won one gives the amount back. */
export function close(context: Context, before: Dispute, status: 'won' | 'lost' | 'warning_closed'): Dispute {
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

/** Hands the evidence in: Stripe's test texts decide the dispute, anything else leaves it under review. */
export function submit(context: Context, dispute: Dispute): Dispute {
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
