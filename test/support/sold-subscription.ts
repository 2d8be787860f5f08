import type Stripe from 'stripe';
import { Caller } from './caller.js';
import { type TestApp } from './test-app.js';

/** A user whom somebody sold a subscription of these items in the Dashboard. */
export async function sellAtStripe(app: TestApp, items: Stripe.SubscriptionCreateParams.Item[]) {
  const caller = await Caller.create(app);
  await caller.addCard('pm_card_visa');
  const made = await app.stripe.subscriptions.create({ customer: await caller.stripeCustomerId(), items });
  await app.settle();
  const { body } = await caller.get('/subscription').expect(200);
  return { caller, stripeId: made.id, body, path: `/subscription/${String(body.id)}` };
}
