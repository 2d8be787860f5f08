import { type Context } from '../../kernel/context.js';
import { charges } from '../charge/charge-type.js';
import { type PaymentIntent, paymentIntents, unexpectedState } from './payment-intent-type.js';

const CANCELABLE = ['requires_payment_method', 'requires_capture', 'requires_confirmation', 'requires_action'];

/** Cancels an intent that is not paid; a held amount is released. Throws 400 otherwise. */
export function cancelIntent(
  context: Context,
  intent: PaymentIntent,
  reason: PaymentIntent['cancellation_reason'],
): PaymentIntent {
  if (!CANCELABLE.includes(intent.status)) throw unexpectedState(context, intent, 'cancel', CANCELABLE);
  if (intent.status === 'requires_capture' && intent.latest_charge !== null)
    releaseCharge(context, intent.latest_charge);
  const canceled = context.objects(paymentIntents).update(intent.id, {
    amount_capturable: 0,
    canceled_at: context.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  });
  context.emit('payment_intent.canceled', canceled);
  return canceled;
}

function releaseCharge(context: Context, id: string): void {
  const before = context.objects(charges).require(id);
  const after = context.objects(charges).update(id, { amount_refunded: before.amount, refunded: true });
  context.emit('charge.refunded', after, before);
}
