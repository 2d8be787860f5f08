import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { charges } from '../charge/charge-type.js';
import { type PaymentIntent, paymentIntents, unexpectedState } from './payment-intent-type.js';

/** Captures a held amount, or a part of it; the rest is released. */
export function captureIntent(context: Context, intent: PaymentIntent, amount: number | undefined): PaymentIntent {
  if (intent.status !== 'requires_capture' || intent.latest_charge === null) {
    throw unexpectedState(context, intent, 'capture', ['requires_capture']);
  }
  const captured = amount ?? intent.amount_capturable;
  if (captured > intent.amount_capturable) {
    throw invalidRequest('The provided amount_to_capture is greater than the amount that can be captured.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  }
  const before = context.objects(charges).require(intent.latest_charge);
  const charge = context.objects(charges).update(before.id, {
    amount_captured: captured,
    amount_refunded: before.amount - captured,
    captured: true,
  });
  context.emit('charge.captured', charge, before);
  const paid = context
    .objects(paymentIntents)
    .replace({ ...intent, amount_capturable: 0, amount_received: captured, status: 'succeeded' });
  context.emit('payment_intent.succeeded', paid);
  return paid;
}
