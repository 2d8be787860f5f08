import { type Context } from '../../kernel/context.js';
import { type Charge, charges } from '../charge/charge-type.js';
import { cardOf, paymentMethods, testCardOf } from '../payment-method/payment-method-type.js';
import { NO_EVIDENCE, disputes } from './dispute-type.js';

const ANSWER_WITHIN_SECONDS = 9 * 86_400;
/** Opens the dispute that the charge's test card asks for; the amount is taken back unless it is an inquiry. */
export function open(context: Context, charge: Charge): void {
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
