import { type BillingClient, type Subscription } from 'stripe-billing-client';
import { loadStripe } from '@stripe/stripe-js/pure';

/**
 * Lets the bank confirm a payment or a card (3-D Secure) in the page.
 *
 * @throws Error with Stripe's text when it was refused
 */
export async function confirmPayment(publishableKey: string | undefined, clientSecret: string): Promise<void> {
  const stripe = publishableKey === undefined ? null : await loadStripe(publishableKey);
  if (stripe === null) throw new Error('Stripe.js could not be loaded');
  const { error } = await stripe.handleNextAction({ clientSecret });
  if (error !== undefined) throw new Error(error.message ?? error.type);
}

const LOOK_EVERY_MS = 1_000;
const LOOKS = 30;

/**
 * Looks until the server shows what Stripe's confirmation led to; the last state when it does not in half a minute.
 * @param group how the subscription is asked for
 */
export async function untilServerShows(
  client: BillingClient,
  isDone: (subscription: Subscription) => boolean,
  group: string | undefined,
): Promise<Subscription | null> {
  for (let look = 1; ; look += 1) {
    const subscription = await client.getSubscription(group === undefined ? {} : { group });
    if (look === LOOKS || (subscription !== null && isDone(subscription))) return subscription;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
