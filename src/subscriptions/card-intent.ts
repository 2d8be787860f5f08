import { type IntentRequest } from '../intents/intents.js';

/** What is written down once the card that a subscription was bought with is good (see CardFollowUp). */
export function makeDefault(
  customerId: number,
  stripeSubscriptionId: string,
): IntentRequest & { subjectStripeId: string } {
  return { customerId, operation: 'card.make_default', subjectStripeId: stripeSubscriptionId, request: {} };
}
