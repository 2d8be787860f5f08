import { describe, expect, it } from '@jest/globals';
import { catalogueFile, SEATS_AND_ADD_ONS } from '../support/catalogue-files.js';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser({ BILLING_CATALOGUE: catalogueFile(SEATS_AND_ADD_ONS), TRIAL_DAYS: '0' });
let user: Subscriber;

async function withCard(): Promise<Subscriber> {
  user = await newSubscriber();
  await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
  return user;
}

const dialog = () => user.page.getByRole('dialog');

describe('seats and add-ons', () => {
  it('are chosen with the purchase, and the summary adds them up', async () => {
    await withCard();
    await user.open('Plans & Pricing');
    await user.sees('3 seats included, $7 per month for each more');
    await user.sees('per seat per month');
    expect(await user.page.getByRole('article', { name: 'Support' }).count()).toBe(0);
    await user.button('Choose Plan: Team').click();
    await user.page.getByLabel('Seats').fill('5');
    await user.page.getByLabel('Support, $20.00 per month').check();
    await user.sees('2 more seats');
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.button('Subscribe for $83.00').click();
    await user.sees('Subscription activated successfully!');
    await user.sees('5 seats');
    expect(await user.client.getSubscription()).toMatchObject({
      tier: 'team',
      quantity: 5,
      amount: 63,
      addOns: [{ plan: 'support', quantity: 1, amount: 20 }],
    });
  });

  it('are changed: more at once, fewer at the end of the period', async () => {
    await withCard();
    await user.client.createSubscription({ tier: 'crew', quantity: 4, addOns: [{ plan: 'support' }] });
    await user.open();
    await user.button('Seats and add-ons').click();
    await dialog().getByLabel('Seats').fill('6');
    await dialog().getByLabel('Storage, $5.00 per month').check();
    await dialog().getByText('New price: $73.00 per month.').waitFor();
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.button('Confirm change').click();
    await user.sees('Subscription updated');
    await user.sees('6 seats');
    await user.button('Seats and add-ons').click();
    await dialog().getByLabel('Seats').fill('3');
    await dialog().getByLabel('Support, $20.00 per month').uncheck();
    await dialog()
      .getByText(/What you remove stays until/)
      .waitFor();
    await user.button('Confirm change').click();
    await user.sees(/your plan continues with 3 seats, Storage\./);
    expect(await user.client.getSubscription()).toMatchObject({
      quantity: 6,
      scheduledChange: { quantity: 3, addOns: [{ plan: 'storage', quantity: 1 }] },
    });
  });

  it('go along with a change of plan, but for what is not sold with it', async () => {
    await withCard();
    await user.client.createSubscription({
      tier: 'crew',
      quantity: 4,
      addOns: [{ plan: 'support' }, { plan: 'storage' }],
    });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Team').click();
    await dialog().getByText('New price: $81.00 per month.').waitFor();
    await user.button('Keep current plan').click();
    await user.button('Choose Plan: Solo').click();
    await dialog().getByText('Support isn’t available with this plan and will be removed.').waitFor();
    await dialog().getByText('New price: $15.00 per month.').waitFor();
    await user.button('Confirm change').click();
    await user.sees('Plan change scheduled');
    expect((await user.client.getSubscription())?.scheduledChange).toMatchObject({
      tier: 'solo',
      quantity: 1,
      addOns: [{ plan: 'storage', quantity: 1 }],
    });
  });
});
