import { type OperationRequest } from './operation-request.js';

type CardOperation = OperationRequest & { subjectStripeId: string };

/** What is written down once the card that a subscription was bought with is good (see CardFollowUp). */
export function makeDefault(customerId: number, stripeSubscriptionId: string): CardOperation {
  return { customerId, kind: 'card.make_default', subjectStripeId: stripeSubscriptionId, request: {} };
}

/** What is written down when the upgrade that the subscription's own card was to pay did not happen. */
export function clearOwnCard(customerId: number, stripeSubscriptionId: string, card: string): CardOperation {
  const request = { payment_method: card };
  return { customerId, kind: 'card.clear_own', subjectStripeId: stripeSubscriptionId, request };
}
