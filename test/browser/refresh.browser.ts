import { describe, expect, it } from '@jest/globals';
import { type Route } from 'playwright-core';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';
import { advanceClock, type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
const DAY_MS = 86_400_000;

/** The window gets the focus again: one was in another window, where nothing hid this page. */
const comeBack = (user: Subscriber) => user.page.evaluate(`window.dispatchEvent(new Event('focus'))`);

async function daysLeft(user: Subscriber): Promise<string> {
  const { now } = await user.client.getConfig();
  const end = (await user.client.getSubscription())?.currentPeriodEnd ?? '';
  return `${Math.ceil((Date.parse(end) - Date.parse(now)) / DAY_MS)} days left`;
}

describe('what is left of the period', () => {
  it('is counted from the time of the service, also after that was moved', async () => {
    const user = await newSubscriber();
    await user.subscribe();
    await advanceClock(10);
    await user.open();
    await user.sees(await daysLeft(user));
    await advanceClock(5);
    await comeBack(user);
    await user.sees(await daysLeft(user));
  });
});

describe('coming back from another window', () => {
  it('shows what was bought there, in the header as in the tab', async () => {
    const user = await newSubscriber();
    await user.open();
    await user.sees('No active subscription');
    await user.subscribe('enterprise');
    await comeBack(user);
    await user.page.locator('header').getByText('Enterprise').waitFor();
    await user.sees('Next billing date');
    await user.sees('$199.00');
  });
});

describe('what was loaded and cannot be loaded again', () => {
  it.each([
    ['Subscription', 'subscription', 'Next billing date'],
    ['Plans & Pricing', 'subscription', 'Most Popular'],
    ['Plans & Pricing', 'plans', 'Most Popular'],
    ['Payment methods', 'payment-methods', 'Visa ending in 4242'],
    ['Invoices', 'invoices?*', '$79.00'],
  ])('stays in the tab %s (%s), which says so', async (tab, path, shown) => {
    const user = await newSubscriber({ reducedMotion: 'reduce' });
    await user.subscribe();
    await user.open(tab);
    await user.sees(shown);
    const pattern = `**/api/v1/billing/${path}`;
    await user.page.route(pattern, (route: Route) => route.fulfill({ status: 400, body: '{}' }));
    await comeBack(user);
    await user.sees('This page couldn’t be refreshed');
    await user.sees(shown);
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.page.unroute(pattern);
    await user.button('Try again').click();
    await user.page.getByText('This page couldn’t be refreshed').waitFor({ state: 'hidden' });
    await user.sees(shown);
  });
});

describe('what could not be loaded at all', () => {
  it('is not taken for nothing: a purchase waits for the cards and says why', async () => {
    const user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    const pattern = '**/api/v1/billing/payment-methods';
    await user.page.route(pattern, (route: Route) => route.fulfill({ status: 400, body: '{}' }));
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Professional').click();
    await user.sees('Error loading payment methods');
    expect(await user.page.getByText('Continue to secure checkout').count()).toBe(0);
    await user.page.unroute(pattern);
    await user.button('Try again').click();
    await user.page.getByLabel('Pay with').waitFor();
  });
});
