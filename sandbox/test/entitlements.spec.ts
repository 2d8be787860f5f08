import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { BillingSandbox } from './support/billing-sandbox.js';

let billing: BillingSandbox;
let stripe: Stripe;
const prices: Record<'team' | 'addOn', Stripe.Price> = {} as never;
const features: Record<'sso' | 'reports', Stripe.Entitlements.Feature> = {} as never;
beforeAll(async () => {
  billing = await BillingSandbox.start();
  stripe = billing.stripe;
  prices.team = await billing.price(4900);
  prices.addOn = await billing.price(900);
  for (const lookup_key of ['sso', 'reports'] as const)
    features[lookup_key] = await stripe.entitlements.features.create({ lookup_key, name: lookup_key });
  await attach(prices.team, features.sso);
  await attach(prices.addOn, features.sso);
  await attach(prices.addOn, features.reports);
});
afterAll(async () => {
  await billing.close();
  expect(billing.failures).toEqual([]);
});

const attach = (price: Stripe.Price, { id }: Stripe.Entitlements.Feature) =>
  stripe.products.createFeature(price.product as string, { entitlement_feature: id });

async function had(customer: string): Promise<string[]> {
  const { data } = await stripe.entitlements.activeEntitlements.list({ customer });
  return data.map(({ lookup_key: key }) => key).sort();
}

/** What the newest event says that the customer has, and had. */
async function told(customer: string): Promise<[string[], string[]]> {
  const { data } = await stripe.events.list({ type: 'entitlements.active_entitlement_summary.updated', limit: 1 });
  const { object, previous_attributes: previous } = data[0]?.data as {
    object: Stripe.Entitlements.ActiveEntitlementSummary;
    previous_attributes: Partial<Stripe.Entitlements.ActiveEntitlementSummary>;
  };
  expect(object).toMatchObject({ object: 'entitlements.active_entitlement_summary', customer });
  expect(object).not.toHaveProperty('id');
  const keys = (list: typeof object.entitlements | undefined) =>
    (list?.data ?? []).map(({ lookup_key: key }) => key).sort();
  return [keys(object.entitlements), keys(previous.entitlements)];
}

describe('the entitlements of a customer', () => {
  it('are the features of the products that it subscribes to, each once, and events tell of each change', async () => {
    const { id } = await billing.customer('pm_card_visa');
    const made = await stripe.subscriptions.create({ customer: id, items: [{ price: prices.team.id }] });
    expect(await had(id)).toEqual(['sso']);
    expect(await told(id)).toEqual([['sso'], []]);
    await stripe.subscriptions.update(made.id, { items: [{ price: prices.addOn.id }] });
    expect(await had(id)).toEqual(['reports', 'sso']);
    expect(await told(id)).toEqual([['reports', 'sso'], ['sso']]);
    await stripe.subscriptions.cancel(made.id);
    expect(await had(id)).toEqual([]);
    expect(await told(id)).toEqual([[], ['reports', 'sso']]);
  });

  it('come with the payment where the first one is still to be made', async () => {
    const { id } = await billing.customer();
    const items = [{ price: prices.team.id }];
    const made = await stripe.subscriptions.create({ customer: id, items, payment_behavior: 'default_incomplete' });
    expect(await had(id)).toEqual([]);
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    await stripe.invoices.pay(made.latest_invoice as string, { payment_method: card.id });
    expect(await had(id)).toEqual(['sso']);
  });
});

describe('a feature', () => {
  it('has a lookup key of its own, and archived it is neither listed nor attached', async () => {
    const again = stripe.entitlements.features.create({ lookup_key: 'sso', name: 'Once more' });
    await expect(again).rejects.toMatchObject({ statusCode: 400, param: 'lookup_key' });
    await expect(attach(prices.team, features.sso)).rejects.toMatchObject({ statusCode: 400 });
    const old = await stripe.entitlements.features.create({ lookup_key: 'old', name: 'Old' });
    await stripe.entitlements.features.update(old.id, { active: false });
    await expect(attach(prices.team, old)).rejects.toMatchObject({ statusCode: 400 });
    const keys = async (archived?: boolean) =>
      (await stripe.entitlements.features.list(archived === undefined ? {} : { archived })).data.map(
        ({ lookup_key: key }) => key,
      );
    expect(await keys()).not.toContain('old');
    expect(await keys(true)).toEqual(['old']);
  });
});
