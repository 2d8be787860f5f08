import { expect } from '@jest/globals';
import { ERRORS } from '../../../src/common/billing-error.js';
import { Caller } from '../../support/caller.js';
import { type TestApp } from '../../support/test-app.js';
import { addOns, groupOf, isSamePeriod, type Shop, soldPlans } from './shop.js';
import { type Subscriber } from './subscriber.js';
import { goesWith } from './contract.js';

type Refusal = [body: object, code: keyof typeof ERRORS];

/** What is refused says why with a code of the table, and nothing has changed: no row, nothing at Stripe. */
export async function expectRefusals(app: TestApp, shop: Shop, holder: Subscriber): Promise<void> {
  const newcomer = await Caller.create(app);
  const before = await everything(app);
  for (const [body, code] of refusedPurchases(shop))
    for (const path of ['/subscription', '/checkout']) {
      const refused = await newcomer.post(path, body);
      expect([body, path, refused.body.code, refused.status]).toEqual([body, path, code, ERRORS[code].status]);
    }
  for (const [body, code] of refusedChanges(shop, holder)) {
    const refused = await holder.caller.patch(holder.path, body);
    expect([body, refused.body.code, refused.status]).toEqual([body, code, ERRORS[code].status]);
  }
  const { plan, price } = holder.contract;
  const again = { tier: plan.key, interval: price.interval, interval_count: price.count };
  const second = await holder.caller.post('/subscription', again);
  expect([second.status, second.body.code]).toEqual([409, 'subscription_exists']);
  expect(await everything(app)).toEqual(before);
}

function refusedPurchases(shop: Shop): Refusal[] {
  const [plan] = soldPlans(shop);
  const [price] = plan?.prices ?? [];
  if (plan === undefined || price === undefined) throw new Error('a shop sells something');
  const wish = { tier: plan.key, interval: price.interval, interval_count: price.count };
  const { min, max } = plan.seats ?? { min: 1, max: 1 };
  const longest = plan.trialDays ?? 14;
  const refusals: Refusal[] = [
    [{ ...wish, tier: 'no-such-plan' }, 'invalid_tier'],
    [{ ...wish, interval: 'fortnight' }, 'invalid_interval'],
    [{ ...wish, interval_count: 7 }, 'invalid_interval'],
    [{ ...wish, currency: 'zmw' }, 'invalid_currency'],
    [{ ...wish, price: 'price_mine' }, 'validation_failed'],
    [{ ...wish, trial_days: longest + 1 }, 'validation_failed'],
    [{ ...wish, add_ons: [{ plan: plan.key }] }, 'invalid_add_on'],
    ...(max === null ? [] : [[{ ...wish, quantity: max + 1 }, 'validation_failed'] as Refusal]),
    ...(min > 1 ? [[{ ...wish, quantity: min - 1 }, 'validation_failed'] as Refusal] : []),
  ];
  for (const free of shop.plans.filter(({ prices }) => prices.length === 0))
    refusals.push([{ tier: free.key }, 'invalid_tier']);
  for (const addOn of addOns(shop)) {
    refusals.push([{ ...wish, tier: addOn.key }, 'invalid_tier']);
    if (!goesWith(addOn, plan)) refusals.push([{ ...wish, add_ons: [{ plan: addOn.key }] }, 'invalid_add_on']);
    else if (!addOn.prices.some((one) => isSamePeriod(one, price)))
      refusals.push([{ ...wish, add_ons: [{ plan: addOn.key }] }, 'invalid_interval']);
  }
  return refusals;
}

function refusedChanges(shop: Shop, { contract, group }: Subscriber): Refusal[] {
  const { plan, price } = contract;
  const refusals: Refusal[] = [
    [{}, 'nothing_to_update'],
    [{ tier: plan.key, interval: price.interval, interval_count: price.count }, 'nothing_to_update'],
    [{ tier: 'no-such-plan' }, 'invalid_tier'],
    [{ interval: 'fortnight' }, 'invalid_interval'],
  ];
  for (const other of shop.plans)
    if (other.isAddOn || other.prices.length === 0 || groupOf(other) !== group)
      refusals.push([{ tier: other.key }, 'invalid_tier']);
  return refusals;
}

/** How much there is of everything, here and at Stripe. */
async function everything(app: TestApp): Promise<object> {
  const { objects } = (await app.control('state')) as { objects: object };
  const [rows] = await app.dataSource.query<object[]>(
    `select (select count(*) from customers) as customers, (select count(*) from stripe_operations) as operations,
       (select json_agg(to_jsonb(s) - '{version,as_of_from,as_of_to,updated_at}'::text[] order by id)
        from subscriptions s) as subscriptions,
       (select count(*) from invoices) as invoices, (select count(*) from payments) as payments,
       (select count(*) from customer_payment_methods) as cards`,
  );
  return { objects, rows };
}
