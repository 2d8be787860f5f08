import { describe, it } from '@jest/globals';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

/** Waits until the focus is on a button or a tab. */
const hasFocus = (role: 'button' | 'tab' | 'heading', name: string) =>
  user.page.getByRole(role, { name, exact: true }).and(user.page.locator(':focus')).waitFor();

describe('the focus', () => {
  it('returns to the plan whose change was not confirmed', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Starter').click();
    await user.button('Keep current plan').click();
    await hasFocus('button', 'Choose Plan: Starter');
    await user.button('Choose Plan: Enterprise').click();
    await user.page.getByRole('dialog').waitFor();
    await user.page.keyboard.press('Escape');
    await hasFocus('button', 'Choose Plan: Enterprise');
  });

  it('goes to the tab that a button shows, and back to the button', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await user.open();
    await user.button('Change Plan').click();
    await hasFocus('tab', 'Plans & Pricing');
    await user.button('Choose Plan: Enterprise').click();
    await user.button('Confirm change').click();
    await user.sees('Your plan is now Enterprise');
    await hasFocus('button', 'Change Plan');
  });

  it('stays near a button that is gone once it has done its work', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await user.client.updateSubscription((await user.client.getSubscription())?.id ?? 0, { tier: 'starter' });
    await user.open();
    await user.button('Keep current plan').click();
    await user.sees('You’re keeping your current plan');
    await hasFocus('button', 'Change Plan');
    await user.button('Cancel Subscription').click();
    await user.button('Confirm Cancellation').click();
    await user.sees('Subscription cancelled successfully');
    await hasFocus('button', 'Reactivate Subscription');
  });

  it('goes into the second step of a purchase, and back to the plan', async () => {
    user = await newSubscriber();
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Professional').click();
    await hasFocus('heading', 'Complete Your Purchase');
    await user.button('Back to plans').click();
    await hasFocus('button', 'Choose Plan: Professional');
  });

  it('goes into the form for a card and back, and stays in the list from which a card was removed', async () => {
    user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_mastercard' });
    await user.open('Payment methods');
    await user.button('Add card').click();
    await hasFocus('heading', 'Add a card');
    await user.button('Close').click();
    await hasFocus('button', 'Add card');
    for (const [card, next] of [
      ['Mastercard ending in 4444', 'Remove: Visa ending in 4242'],
      ['Visa ending in 4242', 'Add card'],
    ] as const) {
      await user.button(`Remove: ${card}`).click();
      await user.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
      await user.page.getByRole('tabpanel').getByText(card).waitFor({ state: 'hidden' });
      await hasFocus('button', next);
    }
  });
});
