import { describe, expect, it } from '@jest/globals';
import { catalogueFile, TWO_GROUPS } from '../support/catalogue-files.js';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser({ BILLING_CATALOGUE: catalogueFile(TWO_GROUPS) });
let user: Subscriber;

const section = (name: string) => user.page.getByRole('tabpanel').getByRole('region', { name });

async function withCard(): Promise<Subscriber> {
  user = await newSubscriber();
  await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
  return user;
}

describe('the page of a shop with plans of two groups', () => {
  it('shows each group under its heading, with the periods that are sold in it', async () => {
    user = await newSubscriber();
    await user.open('Plans & Pricing');
    await section('Main').getByRole('article', { name: 'Plus' }).getByText('$20', { exact: true }).waitFor();
    await section('Main').getByText('Every 3 months').click();
    await section('Main').getByText('$55 billed every 3 months').waitFor();
    await section('Main').getByText('$10', { exact: true }).waitFor();
    await section('Main').getByText('Annual', { exact: true }).click();
    await section('Main').getByText('$16.67').waitFor();
    await section('Main').getByText('$200 billed yearly').waitFor();
    await section('Main').getByText('Save $40 (17% off)').waitFor();
    expect(await section('Hosting').getByRole('radio').count()).toBe(0);
    await section('Hosting').getByRole('article', { name: 'Hosting Pro' }).getByText('per week').waitFor();
    await section('Hosting').getByText('30-day free trial').waitFor();
    expect(await seriousViolations(user.page)).toEqual([]);
  });

  it('sells one of each, and shows both', async () => {
    await withCard();
    await user.open('Plans & Pricing');
    for (const [plan, price] of [
      ['Basic', '$10.00'],
      ['Hosting', '$5.00'],
    ]) {
      await user.button(`Choose Plan: ${plan}`).click();
      await user.page.getByLabel(/^Start with a \d+-day free trial/).uncheck();
      await user.button(`Subscribe for ${price}`).click();
      await user.sees('Subscription activated successfully!');
      await section(plan === 'Basic' ? 'Main' : 'Hosting')
        .getByText('Next billing date')
        .waitFor();
      await user.tab('Plans & Pricing');
    }
    expect(await user.button('Current Plan: Basic').isDisabled()).toBe(true);
    expect(await user.button('Current Plan: Hosting').isDisabled()).toBe(true);
    await user.tab('Subscription');
    await section('Main').getByRole('heading', { name: 'Basic' }).waitFor();
    await section('Hosting').getByRole('heading', { name: 'Hosting', exact: true, level: 3 }).waitFor();
    expect(await seriousViolations(user.page)).toEqual([]);
  });

  it('changes the plan of one of them, upward by what it costs and by a longer period', async () => {
    await withCard();
    await user.client.createSubscription({ tier: 'basic' });
    await user.client.createSubscription({ tier: 'hosting_pro' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Plus').click();
    await user.sees('New price: $20.00 per month.');
    await user.sees(/^Your plan changes right away/);
    await user.button('Confirm change').click();
    await user.sees('Your plan is now Plus');
    await user.tab('Plans & Pricing');
    await user.page.getByText('Every 3 months').click();
    await user.button('Choose Plan: Plus').click();
    await user.sees('New price: $55.00 every 3 months.');
    await user.sees(/^Your plan changes right away/);
    await user.button('Keep current plan').click();
    await user.button('Choose Plan: Hosting').click();
    await user.sees('When should this change?');
    await user.button('Confirm change').click();
    await section('Hosting').getByText('Plan change scheduled').waitFor();
    expect(await user.client.getSubscription()).toMatchObject({ tier: 'plus' });
    expect(await user.client.getSubscription({ group: 'hosting' })).toMatchObject({
      scheduledChange: { tier: 'hosting' },
    });
  });

  it('knows after the page of Stripe which of them was bought', async () => {
    await withCard();
    await user.client.createSubscription({ tier: 'basic' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Hosting Pro').click();
    await user.page.getByLabel(/^Start with a \d+-day free trial/).uncheck();
    await user.page.getByLabel('Pay with').selectOption('checkout');
    await user.button('Continue to secure checkout').click();
    await user.payWith('4242 4242 4242 4242');
    await user.sees('Subscription activated successfully!');
    await section('Hosting').getByText('Next billing date').waitFor();
    expect(await user.client.getSubscription({ group: 'hosting' })).toMatchObject({ tier: 'hosting_pro' });
  });
});
