import { describe, expect, it } from '@jest/globals';
import { type Route } from 'playwright-core';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

async function subscriber(tier: 'starter' | 'professional' = 'professional'): Promise<Subscriber> {
  user = await newSubscriber();
  await user.subscribe(tier);
  await user.open();
  return user;
}

describe('a change of plan', () => {
  it('upward is confirmed with its price and done at once', async () => {
    await subscriber('starter');
    await user.button('Change Plan').click();
    expect(await user.button('Current Plan: Starter').isDisabled()).toBe(true);
    await user.button('Choose Plan: Enterprise').click();
    await user.sees('New price: $199.00 per month.');
    await user.button('Confirm change').click();
    await user.sees('Your plan is now Enterprise');
    expect(await user.client.getSubscription()).toMatchObject({ tier: 'enterprise', amount: 199 });
  });

  it('downward waits for the end of the period, and can be taken back', async () => {
    await subscriber('professional');
    await user.tab('Plans & Pricing');
    await user.button('Choose Plan: Starter').click();
    await user.button('Confirm change').click();
    await user.sees('Plan change scheduled');
    expect((await user.client.getSubscription())?.scheduledChange).toMatchObject({ tier: 'starter' });
    await user.button('Keep current plan').click();
    await user.sees('You’re keeping your current plan');
    await user.page.getByText('Plan change scheduled').waitFor({ state: 'hidden' });
    expect((await user.client.getSubscription())?.scheduledChange).toBeUndefined();
  });
});

describe('a change of plan after another one', () => {
  it('says that the scheduled one is dropped', async () => {
    await subscriber('professional');
    await user.client.updateSubscription((await user.client.getSubscription())?.id ?? 0, { tier: 'starter' });
    await user.page.reload();
    await user.tab('Plans & Pricing');
    await user.button('Choose Plan: Enterprise').click();
    await user.sees(/^Your change to Starter \(monthly\), scheduled for /);
    await user.page.getByRole('dialog').getByRole('button', { name: 'Keep current plan' }).click();
    await user.button('Choose Plan: Starter').click();
    await user.sees('New price: $29.00 per month.');
    expect(await user.page.getByText(/won’t happen/).count()).toBe(0);
  });
});

describe('a cancellation', () => {
  it('takes a reason, is shown with its date, and can be taken back', async () => {
    await subscriber();
    await user.button('Cancel Subscription').click();
    await user.page.getByLabel('Why are you cancelling? (optional)').fill('Too expensive');
    await user.button('Confirm Cancellation').click();
    await user.sees('Subscription cancelled successfully');
    await user.sees('Cancellation scheduled');
    expect(await user.client.getSubscription()).toMatchObject({ cancelAtPeriodEnd: true });
    await user.button('Reactivate Subscription').click();
    await user.sees('Subscription reactivated successfully');
    await user.page.getByText('Cancellation scheduled').waitFor({ state: 'hidden' });
    expect(await user.client.getSubscription()).toMatchObject({ cancelAtPeriodEnd: false });
  });

  it('says which other changes it drops', async () => {
    await subscriber('professional');
    await user.client.updateSubscription((await user.client.getSubscription())?.id ?? 0, { tier: 'starter' });
    await user.page.reload();
    await user.sees('Plan change scheduled');
    await user.button('Cancel Subscription').click();
    const dialog = user.page.getByRole('dialog');
    await dialog.getByText(/^Your change to Starter \(monthly\), scheduled for .+ 20\d\d, won’t happen\.$/).waitFor();
    await user.button('Confirm Cancellation').click();
    await user.sees('Subscription cancelled successfully');
    expect((await user.client.getSubscription())?.scheduledChange).toBeUndefined();
  });

  it('is not done when one keeps the subscription', async () => {
    await subscriber();
    await user.button('Cancel Subscription').click();
    await user.button('Keep Subscription').click();
    await user.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await user.client.getSubscription()).toMatchObject({ cancelAtPeriodEnd: false });
  });
});

describe('a slow or failing server', () => {
  const cancelPath = '**/subscription/*/cancel';

  it('is asked once, however often one clicks, and success is shown only after its answer', async () => {
    await subscriber();
    let asked = 0;
    let answer: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (answer = resolve));
    await user.page.route(cancelPath, async (route: Route) => {
      asked += 1;
      await released;
      await route.continue();
    });
    await user.button('Cancel Subscription').click();
    const confirm = user.button('Confirm Cancellation');
    await confirm.evaluate((button: { click: () => void }) => {
      button.click();
      button.click();
    });
    await confirm.and(user.page.locator('[data-loading]')).waitFor();
    expect(await user.page.getByText('Subscription cancelled successfully').count()).toBe(0);
    answer();
    await user.sees('Subscription cancelled successfully');
    expect(asked).toBe(1);
  });

  it('that fails is told of, with what to do, and the same try again is the same call', async () => {
    await subscriber();
    const keys: (string | undefined)[] = [];
    await user.page.route(cancelPath, async (route: Route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length <= 3)
        await route.fulfill({ status: 503, body: '{"detail":"Stripe is not reachable; try again later"}' });
      else await route.continue();
    });
    await user.button('Cancel Subscription').click();
    await user.button('Confirm Cancellation').click();
    await user.sees('Failed to cancel subscription');
    await user.sees(/Stripe is not reachable; try again later/);
    await user.button('Confirm Cancellation').click();
    await user.sees('Subscription cancelled successfully');
    expect(new Set(keys).size).toBe(1);
  });

  it('that cannot be read from shows an error and a way to try again', async () => {
    await subscriber();
    await user.page.route('**/api/v1/billing/subscription', (route: Route) =>
      route.fulfill({ status: 400, body: '{}' }),
    );
    await user.page.reload();
    await user.sees('Error loading subscription');
    await user.page.unrouteAll();
    await user.button('Try again').click();
    await user.sees('Next billing date');
  });

  it('to which one is no longer signed in says so', async () => {
    await subscriber();
    await user.page.route(cancelPath, (route: Route) =>
      route.fulfill({
        status: 401,
        body: '{"detail":"A valid bearer token is required","code":"authentication_required"}',
      }),
    );
    await user.button('Cancel Subscription').click();
    await user.button('Confirm Cancellation').click();
    await user.sees(/Your session has ended/);
  });
});
