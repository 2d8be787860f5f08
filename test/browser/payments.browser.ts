import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/child-programs.js';
import { setUpBrowser } from './support/browser-tests.js';
import { advanceClock, type Subscriber } from './support/subscriber.js';

const newSubscriber = setUpBrowser();
let user: Subscriber;

async function addCard(label: RegExp): Promise<void> {
  await user.button('Add card').click();
  const choice = user.page.getByLabel('Test card of Stripe');
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
    await user.sees('This card pays from now on');
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
    await user.sees('Failed to add the card');
    await user.sees(/card was declined/);
    expect(await user.client.getPaymentMethods()).toEqual([]);
  });

  it('the only card of a live subscription stays, and the page says why', async () => {
    user = await newSubscriber();
    await user.subscribe();
    await user.open('Payment methods');
    await user.button('Remove: Visa ending in 4242').click();
    await user.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await user.sees('Failed to remove the card');
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

async function payInvoice(page: Subscriber['page']): Promise<void> {
  await page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await page.getByLabel('Expiry').fill('12 / 34');
  await page.getByLabel('CVC').fill('123');
  await page.getByLabel('Name on card').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
}
