import { describe, expect, it } from '@jest/globals';
import { catalogueFile, TWO_CURRENCIES } from '../support/catalogue-files.js';
import { seriousViolations } from './support/axe.js';
import { setUpBrowser } from './support/browser-tests.js';

const newSubscriber = setUpBrowser({ BILLING_CATALOGUE: catalogueFile(TWO_CURRENCIES) });

describe('the page of a shop that sells in two currencies', () => {
  it('lets one choose the currency of the first purchase, and keeps it from then on', async () => {
    const user = await newSubscriber();
    await user.client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    await user.open('Plans & Pricing');
    const card = (name: string) => user.page.getByRole('article', { name });
    await card('Small').getByText('$10', { exact: true }).waitFor();
    await card('Local').getByText('$30', { exact: true }).waitFor();
    await user.page.getByLabel('Currency').selectOption('eur');
    await card('Small').getByText('€9', { exact: true }).waitFor();
    expect(await card('Local').count()).toBe(0);
    expect(await seriousViolations(user.page)).toEqual([]);
    await user.button('Choose Plan: Small').click();
    await user.page.getByLabel(/^Start with a 14-day free trial/).uncheck();
    expect(await user.page.getByLabel(/Support/).count()).toBe(0);
    await user.button('Subscribe for €9.00').click();
    await user.sees('Subscription activated successfully!');
    expect(await user.client.getSubscription()).toMatchObject({ tier: 'small', amount: 9, currency: 'eur' });
    await user.tab('Plans & Pricing');
    await card('Hosting').getByText('€4', { exact: true }).waitFor();
    await card('Big').getByText('€18', { exact: true }).waitFor();
    expect(await user.page.getByLabel('Currency').count()).toBe(0);
  });
});
