import { type PaymentMethod } from './payment-method.entity.js';

/**
 * The copies of a card that were added before it, by Stripe's fingerprint of its number: the newest stays.
 * @param stripeId the card that stays
 * @param methods what is attached to its customer
 */
export function olderCopiesOf(stripeId: string, methods: readonly PaymentMethod[]): PaymentMethod[] {
  const kept = methods.find((method) => method.stripePaymentMethodId === stripeId);
  if (kept === undefined || kept.cardFingerprint === null) return [];
  return methods.filter(({ id, cardFingerprint }) => id < kept.id && cardFingerprint === kept.cardFingerprint);
}
