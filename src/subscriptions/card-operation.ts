import { type IntentRequest } from '../operations/operations.js';

type CardIntent = IntentRequest & { subjectStripeId: string };

/** What is written down once the card that a subscription was bought with is good (see CardFollowUp). */
export function makeDefault(customerId: number, stripeSubscriptionId: string): CardIntent {
  return { customerId, operation: 'card.make_default', subjectStripeId: stripeSubscriptionId, request: {} };
}

/** What is written down when the upgrade that the subscription's own card was to pay was given up. */
export function clearOwnCard(customerId: number, stripeSubscriptionId: string, card: string): CardIntent {
  const request = { payment_method: card };
  return { customerId, operation: 'card.clear_own', subjectStripeId: stripeSubscriptionId, request };
}
