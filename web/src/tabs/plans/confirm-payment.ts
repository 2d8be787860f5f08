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
