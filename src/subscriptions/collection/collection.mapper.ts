import type Stripe from 'stripe';

/** True for one that is charged by itself, and not only if a trial is followed by a card. */
export function needsCard({
  status,
  collection_method: method,
  trial_settings: trial,
}: Pick<Stripe.Subscription, 'status' | 'collection_method' | 'trial_settings'>): boolean {
  const endsWithoutCard = trial?.end_behavior.missing_payment_method === 'cancel';
  return method === 'charge_automatically' && !(status === 'trialing' && endsWithoutCard);
}

/** True when Stripe has something to charge: also a source of its older API, which is not mirrored. */
export function hasCard(customer: Stripe.Customer, subscription: Stripe.Subscription): boolean {
  const { invoice_settings: settings, default_source: source } = customer;
  const { default_payment_method: own, default_source: ownSource } = subscription;
  return [settings.default_payment_method, source, own, ownSource].some((card) => card !== null && card !== undefined);
}
