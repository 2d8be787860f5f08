import { describe, expect, it } from '@jest/globals';
import { setUpBrowser } from './support/browser-tests.js';
import { allowStripeJs, blockStripeJs, withPublishableKey } from './support/stripe-js.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

async function openWithKey(tab: string): Promise<void> {
  user = await newSubscriber();
  await withPublishableKey(user.page);
  await user.open(tab);
}

const giveCard = (id: string) => user.page.getByLabel('Card of Stripe.js').fill(id);

async function choosePlan(): Promise<void> {
  await user.button('Choose Plan: Professional').click();
  await user.page.getByLabel(/^Start with a 14-day free trial/).uncheck();
}

describe("Stripe's Payment Element", () => {
  it('stores a card', async () => {
    await openWithKey('Payment methods');
    await user.button('Add card').click();
    await giveCard('pm_card_mastercard');
    await user.button('Save card').click();
    await user.sees('Card added');
    expect(await user.client.getPaymentMethods()).toMatchObject([{ cardBrand: 'mastercard', isDefault: true }]);
  });

  it('tells why a card was declined, and takes another one', async () => {
    await openWithKey('Payment methods');
    await user.button('Add card').click();
    await giveCard('pm_card_chargeDeclined');
    await user.button('Save card').click();
    await user.sees('Failed to add card');
    await user.sees(/card was declined/);
    expect(await user.client.getPaymentMethods()).toEqual([]);
    await giveCard('pm_card_visa');
    await user.button('Save card').click();
    await user.sees('Card added');
    expect(await user.client.getPaymentMethods()).toHaveLength(1);
  });

  it('buys a plan', async () => {
    await openWithKey('Plans & Pricing');
    await choosePlan();
    await giveCard('pm_card_visa');
    await user.button(/^Subscribe/).click();
    await user.sees('Next billing');
    expect(await user.client.getSubscription()).toMatchObject({ tier: 'professional', status: 'active' });
  });

  it('lets the bank confirm the payment in the page, and says done once the server knows it', async () => {
    await openWithKey('Plans & Pricing');
    await choosePlan();
    await giveCard('pm_card_threeDSecure2Required');
    await user.button(/^Subscribe/).click();
    await user.sees('Next billing');
    expect(await user.client.getSubscription()).toMatchObject({ tier: 'professional', status: 'active' });
  });

  it('keeps what was typed when one comes back to the window', async () => {
    await openWithKey('Payment methods');
    let intents = 0;
    user.page.on('request', (request) => (intents += request.url().endsWith('/setup-intent') ? 1 : 0));
    await user.button('Add card').click();
    await giveCard('pm_card_visa');
    const refetched = user.page.waitForResponse(/payment-methods$/);
    await user.page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
    await refetched;
    await user.button('Save card').click();
    await user.sees('Card added');
    expect(intents).toBe(1);
  });

  it('that cannot be loaded is told of, with what to do, and can be tried again', async () => {
    await openWithKey('Payment methods');
    await blockStripeJs(user.page);
    await user.button('Add card').click();
    await user.sees('The card form couldn’t be loaded');
    await user.sees(/allow js\.stripe\.com/);
    await allowStripeJs(user.page);
    await user.button('Try again').click();
    await giveCard('pm_card_visa');
    await user.button('Save card').click();
    await user.sees('Card added');
  });
});
