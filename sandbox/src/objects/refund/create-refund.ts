import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Charge, charges } from '../charge/charge-type.js';
import { paymentMethods, testCardOf } from '../payment-method/payment-method-type.js';
import { type Refund, refunds } from './refund-type.js';

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

export function withRefunded(context: Context, charge: Charge, amountRefunded: number): Charge {
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
