import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/child-programs.js';
import { catalogueFile, ONE_PLAN } from '../support/catalogue-files.js';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser({ BILLING_CATALOGUE: catalogueFile(ONE_PLAN) });
let user: Subscriber;

describe('the page of a shop with one plan at 9 EUR and a free one', () => {
  it('shows the free plan as what one has, and no choice of periods', async () => {
    user = await newSubscriber();
    await user.open();
    await user.sees('You’re on Free');
    await user.button('View Plans').click();
    const card = (name: string) => user.page.getByRole('article', { name });
    await card('Pro').getByText('€9', { exact: true }).waitFor();
    await card('Pro').getByText('per month').waitFor();
    await card('Pro').getByText('Unlimited notes').waitFor();
    await card('Free').getByText('10 notes').waitFor();
    expect(await user.button('Current Plan: Free').isDisabled()).toBe(true);
    expect(await user.page.getByRole('radio').count()).toBe(0);
    await user.sees('Includes a 14-day free trial. No credit card required. Cancel anytime.');
    expect(await user.page.getByText(/Starter|Most Popular|Save/).count()).toBe(0);
    expect(await seriousViolations(user.page)).toEqual([]);
  });

  it('sells the plan with a stored card, and shows the invoice of 9 EUR', async () => {
    user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Pro').click();
    await user.sees('Pro, monthly');
    await user.page.getByLabel(/^Start with a 14-day free trial/).uncheck();
    await user.button('Subscribe for €9.00').click();
    await user.sees('Subscription activated successfully!');
    await user.page.getByRole('tabpanel').getByRole('heading', { name: 'Pro' }).waitFor();
    await eventually(async () => (await user.client.getInvoices())[0]?.status === 'paid');
    await user.tab('Invoices');
    await user.sees('€9.00');
    await user.tab('Plans & Pricing');
    await user.sees('Yours without a subscription.');
    expect(await user.button('Current Plan: Pro').isDisabled()).toBe(true);
    expect(await user.client.getSubscription()).toMatchObject({ tier: 'pro', amount: 9, currency: 'eur' });
  });

  it('sells it on the page of Stripe', async () => {
    user = await newSubscriber();
    await user.open();
    await user.goToCheckout('Pro');
    await user.payWith('4242 4242 4242 4242');
    await user.sees('Subscription activated successfully!');
    await user.sees('Next billing date');
  });
});
