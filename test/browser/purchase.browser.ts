import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/child-programs.js';
import { addresses } from './support/addresses.js';
import { setUpBrowser } from './support/browser-tests.js';
import { type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

describe('the link that npm start prints', () => {
  it('signs in, and the token leaves the address bar but outlives a reload', async () => {
    user = await newSubscriber();
    await user.page.goto(addresses().pageUrl);
    await user.sees('No active subscription');
    expect(user.page.url()).not.toContain('token');
    await user.page.reload();
    await user.sees('No active subscription');
  });

  it('without its token the page shows the plans and says what to do', async () => {
    user = await newSubscriber();
    await user.page.goto(addresses().pageUrl.replace(/#.*/, ''));
    await user.sees('You’re not signed in');
    expect(await user.button('Sign In to Subscribe: Starter').isDisabled()).toBe(true);
  });
});

describe('plans', () => {
  it('show their prices and what a year saves', async () => {
    user = await newSubscriber();
    await user.open('Plans & Pricing');
    await user.sees('$29');
    await user.sees('Save up to 17%');
    await user.sees('Most Popular');
    await user.page.getByText('Annual', { exact: true }).click();
    await user.sees('Save $58 (17% off)');
    await user.sees('$1,990');
    await user.sees('All plans include a 14-day free trial. No credit card required. Cancel anytime.');
  });
});

describe('a free trial', () => {
  const promise = /include a 14-day free trial/;

  it('is not promised to who has a subscription', async () => {
    user = await newSubscriber();
    await user.subscribe('starter');
    await user.open('Plans & Pricing');
    await user.sees('Change or cancel anytime.');
    expect(await user.page.getByText(promise).count()).toBe(0);
  });

  it('is not promised to who had one', async () => {
    user = await newSubscriber();
    const { id } = await user.client.createSubscription({ tier: 'starter', trialDays: 14 });
    await user.client.cancelSubscription(id, { cancelAtPeriodEnd: false });
    await user.open('Plans & Pricing');
    await user.sees('Change or cancel anytime.');
    await user.button('Choose Plan: Starter').click();
    await user.sees('Due today');
    expect(await user.page.getByText(/free trial/).count()).toBe(0);
  });

  it('is not promised while nobody knows whether there is one', async () => {
    user = await newSubscriber();
    await user.page.route('**/api/v1/billing/customer', (route) => route.fulfill({ status: 400, body: '{}' }));
    await user.open('Plans & Pricing');
    await user.sees('Change or cancel anytime.');
    await user.button('Choose Plan: Starter').click();
    await user.sees('Error loading your account');
    expect(await user.page.getByText(/free trial/).count()).toBe(0);
  });
});

describe('the order summary', () => {
  it('promises nothing of discounts and tax that the way of paying does not keep', async () => {
    user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Starter').click();
    await user.page.getByLabel(/^Start with a 14-day free trial/).uncheck();
    await user.sees('Before discounts and tax. Your invoice lists both.');
    await user.button('Subscribe for $29.00').waitFor();
    await user.page.getByLabel('Coupon code (optional)').fill('SOME');
    await user.button('Subscribe').waitFor();
    await user.page.getByLabel('Pay with').selectOption('checkout');
    await user.sees('Before discounts and tax. You’ll see both on Stripe’s page before you pay.');
  });
});

describe('a purchase', () => {
  it('asks a user whose token has no email address for one', async () => {
    user = await newSubscriber({ email: '' });
    await user.open();
    await user.tab('Plans & Pricing');
    await user.button('Choose Plan: Starter').click();
    expect(await user.page.getByLabel('Email address').count()).toBe(0);
    await user.button('Start free trial').click();
    await user.sees('Email required. Enter yours here, then try again.');
    await user.page.getByLabel('Email address').fill('asked@example.com');
    await user.button('Save email address').click();
    await user.sees('Email address saved');
    await user.page.getByLabel('Email address').waitFor({ state: 'hidden' });
    await user.button('Start free trial').click();
    await user.sees('Subscription activated successfully!');
    expect(await user.client.getCustomer()).toMatchObject({ email: 'asked@example.com' });
  });

  it('on the page of Stripe is shown as done once the server knows it', async () => {
    user = await newSubscriber();
    await user.open();
    await user.button('View Plans').click();
    await user.goToCheckout('Professional');
    await user.payWith('4242 4242 4242 4242');
    await user.sees('Subscription activated successfully!');
    await user.sees('Next billing date');
    expect(await user.client.getSubscription()).toMatchObject({ status: 'active', tier: 'professional' });
    expect(user.page.url()).not.toContain('session_id');
  });

  it('waits for 3-D Secure', async () => {
    user = await newSubscriber();
    await user.open();
    await user.goToCheckout('Starter');
    await user.payWith('4000 0027 6000 3184');
    await user.button('Complete').click();
    await user.sees('Subscription activated successfully!');
    expect(await user.client.getSubscription()).toMatchObject({ status: 'active', tier: 'starter' });
  });

  it('with a declined card can be tried again with another', async () => {
    user = await newSubscriber();
    await user.open();
    await user.goToCheckout('Starter');
    await user.payWith('4000 0000 0000 9995');
    await user.sees(/insufficient funds/i);
    expect(await user.client.getSubscription()).toBeNull();
    await user.payWith('4242 4242 4242 4242');
    await user.sees('Subscription activated successfully!');
  });

  it('with a stored card that is declined says so and what to do', async () => {
    user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_chargeCustomerFail' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Starter').click();
    await user.page.getByLabel(/^Start with a 14-day free trial/).uncheck();
    await user.button('Subscribe for $29.00').click();
    await user.sees('Failed to subscribe');
    await user.sees(/Use another card, or contact your bank/);
    expect(await user.client.getSubscription()).toBeNull();
  });

  it('with a stored card that the bank wants confirmed is finished on the page of the invoice', async () => {
    user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_authenticationRequired' });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Starter').click();
    await user.page.getByLabel(/^Start with a 14-day free trial/).uncheck();
    await user.button('Subscribe for $29.00').click();
    await user.sees('Finish your payment');
    expect(await user.page.getByText('Subscription activated successfully!').count()).toBe(0);
    const [invoicePage] = await Promise.all([
      user.page.waitForEvent('popup'),
      user.page.getByRole('link', { name: /^Finish payment/ }).click(),
    ]);
    await invoicePage.getByRole('button', { name: /^Pay/ }).first().click();
    await invoicePage.getByRole('button', { name: 'Complete', exact: true }).click();
    await eventually(async () => (await user.client.getSubscription())?.status === 'active', 20);
    await user.page.getByRole('tabpanel').getByText('Finish your payment').waitFor({ state: 'hidden' });
  });

  it('begins with a free trial without a card', async () => {
    user = await newSubscriber();
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Enterprise').click();
    await user.sees('Step 2 of 2');
    await user.button('Start free trial').click();
    await user.sees('Subscription activated successfully!');
    await user.sees(/Add a card before then to keep your subscription/);
    expect(await user.client.getSubscription()).toMatchObject({ status: 'trialing', tier: 'enterprise' });
  });

  it('with an unknown coupon is refused and says which', async () => {
    user = await newSubscriber();
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Enterprise').click();
    await user.page.getByLabel('Coupon code (optional)').fill('NOTHING');
    await user.button('Start free trial').click();
    await user.sees(/Invalid coupon: NOTHING/);
    expect(await user.client.getSubscription()).toBeNull();
  });
});
