import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/child-programs.js';
import { addresses } from './support/addresses.js';
import { setUpBrowser } from './support/browser-tests.js';
import { advanceClock, type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

async function addCard(label: RegExp): Promise<void> {
  await user.button('Add card').click();
  const choice = user.page.getByLabel('Stripe test card');
  const option = choice.locator('option').filter({ hasText: label });
  await choice.selectOption((await option.getAttribute('value')) ?? '');
  await user.button('Save card').click();
}

describe('payment methods', () => {
  it('are added, made the default and removed', async () => {
    user = await newSubscriber();
    await user.open('Payment methods');
    await user.sees('No payment methods yet');
    await addCard(/^Visa ending in 4242/);
    await user.sees('Card added');
    await user.sees('Visa ending in 4242');
    await addCard(/^Mastercard/);
    await user.sees('Mastercard ending in 4444');
    expect((await user.client.getPaymentMethods())[0]).toMatchObject({ cardBrand: 'mastercard', isDefault: true });

    await user.button('Make default: Visa ending in 4242').click();
    await user.sees('Default card updated');
    expect((await user.client.getPaymentMethods())[0]).toMatchObject({ cardBrand: 'visa', isDefault: true });

    await user.button('Remove: Mastercard ending in 4444').click();
    await user.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await user.sees('Card removed');
    expect(await user.client.getPaymentMethods()).toHaveLength(1);
  });

  it('that are declined are not stored, and the reason is told', async () => {
    user = await newSubscriber();
    await user.open('Payment methods');
    await addCard(/0002: declined/);
    await user.sees('Failed to add card');
    await user.sees(/card was declined/);
    expect(await user.client.getPaymentMethods()).toEqual([]);
  });

  it('the only card of a live subscription stays, and the page says why', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await user.open('Payment methods');
    await user.button('Remove: Visa ending in 4242').click();
    await user.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await user.sees('Failed to remove card');
    await user.sees(/add another one first/);
    expect(await user.client.getPaymentMethods()).toHaveLength(1);
  });
});

describe('invoices', () => {
  it('are listed with status, amount and a PDF', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await eventually(async () => (await user.client.getInvoices())[0]?.pdf !== undefined);
    await user.open('Invoices');
    await user.sees('$79.00');
    await user.sees('Paid');
    const link = user.page.getByRole('link', { name: /^PDF of invoice / });
    const response = await fetch((await link.getAttribute('href')) ?? '');
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(await link.getAttribute('rel')).toContain('noopener');
  });

  it('are none at first', async () => {
    user = await newSubscriber();
    await user.open('Invoices');
    await user.sees('No invoices yet');
  });
});

describe('a renewal that could not be collected', () => {
  it('is paid on the page of the invoice, and the subscription is active again', async () => {
    user = await newSubscriber();
    await user.subscribe();
    const failing = await user.client.addPaymentMethod({
      paymentMethodId: 'pm_card_chargeCustomerFail',
      setAsDefault: true,
    });
    expect(failing.isDefault).toBe(true);
    await advanceClock(32);
    await eventually(async () => (await user.client.getSubscription())?.status === 'past_due', 30);
    await user.open();
    await user.sees('Payment failed');
    await user.sees('Past due');
    const [invoicePage] = await Promise.all([
      user.page.waitForEvent('popup'),
      user.page.getByRole('link', { name: /^Pay invoice/ }).click(),
    ]);
    await payInvoice(invoicePage);
    await eventually(async () => (await user.client.getSubscription())?.status === 'active', 30);
    await user.page.bringToFront();
    await user.page.getByText('Payment failed').waitFor({ state: 'hidden' });
    await user.sees('Next billing date');
  });
});

describe('a payment that failed', () => {
  it('is paid with the default card in the page, once that can pay', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_chargeCustomerFail', setAsDefault: true });
    await advanceClock(32);
    await eventually(async () => (await user.client.getSubscription())?.status === 'past_due', 30);
    await user.open();
    await user.sees(/We couldn’t collect \$79.00/);
    await user.button('Pay now').click();
    await user.sees(/Your card was declined/);
    await user.button('Use another card').click();
    await user.button('Make default: Visa ending in 4242').click();
    await eventually(async () => (await user.client.getSubscription())?.status === 'active', 30);
  });
});

describe('a subscription whose trial ended without a card', () => {
  it('is resumed in the page once there is one', async () => {
    user = await newSubscriber();
    await user.client.updateCustomer({ name: 'Ada Lovelace' });
    await givePausingTrial((await user.client.getCustomer())?.email ?? '');
    await eventually(async () => (await user.client.getSubscription())?.status === 'paused', 30);
    await user.open();
    await user.sees('Add a card, then resume your subscription.');
    await user.button('Add a card').click();
    await addCard(/^Visa ending in 4242/);
    await user.sees('Card added');
    await user.tab('Subscription');
    await user.button('Resume subscription').click();
    await user.sees('Subscription resumed');
    expect(await user.client.getSubscription()).toMatchObject({ status: 'active', tier: 'starter' });
  });
});

/** A trial of the operator's that is paused at its end, and its end. */
async function givePausingTrial(email: string): Promise<void> {
  const ask = async (path: string, body?: Record<string, string>) => {
    const response = await fetch(`${addresses().sandboxUrl}/v1/${path}`, {
      headers: { Authorization: 'Bearer sk_test_of_an_operator' },
      ...(body === undefined ? {} : { method: 'POST', body: new URLSearchParams(body) }),
    });
    const answer = (await response.json()) as { data?: { id: string }[]; error?: { message: string } };
    if (!response.ok) throw new Error(answer.error?.message);
    return answer.data?.[0]?.id ?? '';
  };
  await ask('subscriptions', {
    customer: await ask(`customers?email=${encodeURIComponent(email)}`),
    'items[0][price]': await ask('prices?lookup_keys[0]=starter_month'),
    trial_period_days: '3',
    'trial_settings[end_behavior][missing_payment_method]': 'pause',
  });
  await advanceClock(4);
}

describe('an upgrade that the bank wants confirmed', () => {
  it('is shown with the way there, and takes effect afterwards', async () => {
    user = await newSubscriber();
    await user.subscribe('starter');
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_authenticationRequired', setAsDefault: true });
    await user.open('Plans & Pricing');
    await user.button('Choose Plan: Enterprise').click();
    await user.button('Confirm change').click();
    await user.sees('Confirm your upgrade');
    await user.button('Cancel Subscription').click();
    await user.sees('Your upgrade to Enterprise, which you haven’t confirmed yet, won’t happen.');
    await user.button('Keep Subscription').click();
    const [page] = await Promise.all([
      user.page.waitForEvent('popup'),
      user.page.getByRole('link', { name: /^Confirm payment/ }).click(),
    ]);
    await payInvoice(page);
    await eventually(async () => (await user.client.getSubscription())?.tier === 'enterprise', 30);
    await user.page.bringToFront();
    await user.page.getByText('Confirm your upgrade').waitFor({ state: 'hidden' });
    await user.page.locator('header').getByText('Enterprise').waitFor();
    await user.page.getByRole('table').getByText('Open', { exact: true }).waitFor({ state: 'hidden' });
    expect(await user.page.getByRole('row').filter({ hasText: 'Paid' }).count()).toBe(2);
  });
});

async function payInvoice(page: Subscriber['page']): Promise<void> {
  await page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await page.getByLabel('Expiry').fill('12 / 34');
  await page.getByLabel('CVC').fill('123');
  await page.getByLabel('Name on card').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
}
