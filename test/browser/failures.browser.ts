import { describe, expect, it } from '@jest/globals';
import { type Route } from 'playwright-core';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

const refuse = (path: string) =>
  user.page.route(path, (route: Route) =>
    route.fulfill({ status: 409, body: '{"detail":"It cannot be done now","code":"conflict"}' }),
  );
const alertIn = (place: 'dialog' | 'tabpanel') => user.page.getByRole(place).getByRole('alert');

describe.each(['light', 'dark'] as const)('what failed, in %s', (colorScheme) => {
  it('stands in the dialogue that it belongs to, and leaves with it', async () => {
    user = await newSubscriber({ colorScheme, reducedMotion: 'reduce' });
    await user.subscribe();
    await user.open();
    await refuse('**/subscription/*/cancel');
    await user.button('Cancel Subscription').click();
    await user.button('Confirm Cancellation').click();
    await alertIn('dialog').getByText('Failed to cancel subscription').waitFor();
    await alertIn('dialog').getByText('It cannot be done now.').waitFor();
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.button('Keep Subscription').click();
    await user.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await user.page.getByText('Failed to cancel subscription').count()).toBe(0);
    await user.button('Cancel Subscription').click();
    await user.page.getByRole('dialog').waitFor();
    expect(await alertIn('dialog').count()).toBe(0);
  });

  it('stands beside the button that was pressed, and leaves when the next one is', async () => {
    user = await newSubscriber({ colorScheme, reducedMotion: 'reduce' });
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_mastercard' });
    await user.open('Payment methods');
    await refuse('**/payment-methods/*/default');
    await user.button('Make default: Mastercard ending in 4444').click();
    const row = user.page.getByRole('listitem').filter({ hasText: 'Mastercard' });
    await row.getByRole('alert').getByText('Failed to update default card').waitFor();
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.button('Remove: Mastercard ending in 4444').click();
    await user.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await user.sees('Card removed');
    expect(await user.page.getByText('Failed to update default card').count()).toBe(0);
  });

  it('stands at the coupon field when the code is refused, until it is changed', async () => {
    user = await newSubscriber({ colorScheme, reducedMotion: 'reduce' });
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Enterprise').click();
    const field = user.page.getByLabel('Coupon code (optional)');
    await field.fill('NOTHING');
    await user.button('Start free trial').click();
    await field.and(user.page.locator('[aria-invalid=true]')).waitFor();
    const help = (await field.getAttribute('aria-describedby')) ?? '';
    expect(await user.page.locator(`[id="${help.split(' ').at(-1)}"]`).textContent()).toMatch(
      /^Invalid coupon: NOTHING/,
    );
    await field.and(user.page.locator(':focus')).waitFor();
    expect(await user.page.getByText(/Failed to subscribe/).count()).toBe(0);
    expect(await seriousViolations(user.page)).toEqual([]);
    await field.fill('NOTHING?');
    expect(await user.page.getByText(/Invalid coupon/).count()).toBe(0);
  });
});
