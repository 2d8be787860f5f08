import { expect } from '@jest/globals';
import { type TestApp } from '../../support/test-app.js';
import { type DrawnPlan, type DrawnPrice, groupOf, majorOf, type Shop } from './shop.js';

/** GET /plans says what the catalogue says, in its order. */
export async function expectPlansShown(app: TestApp, shop: Shop): Promise<void> {
  const { body } = await app.http.get('/plans').expect(200);
  expect(body).toMatchObject(shop.plans.map((plan) => shownOf(plan, shop)));
  expect((body as object[]).length).toBe(shop.plans.length);
}

function shownOf(plan: DrawnPlan, shop: Shop): object {
  const prices = (of: readonly DrawnPrice[]) => of.map((price) => priceShown(price, shop.currency));
  const { seats, trialDays } = plan;
  return {
    tier: plan.key,
    name: plan.name ?? productName(plan),
    group: plan.isAddOn ? null : groupOf(plan),
    default: plan.isDefault,
    add_on: plan.isAddOn,
    with: plan.with,
    trial_days: trialDays ?? 14,
    seats:
      seats === null
        ? null
        : { min: seats.min, max: seats.max, included: seats.included, prices: prices(seats.prices) },
    prices: prices(plan.prices),
  };
}

/** What the push makes stands beside what the plan has already. */
function productName({ key, prices }: DrawnPlan): string {
  return prices.every(({ naming }) => naming === 'amounts') ? key : `Stripe's ${key}`;
}

function priceShown({ interval, count, amounts }: DrawnPrice, currency: string): object {
  return {
    interval,
    interval_count: count,
    currency,
    amount: majorOf(amounts[currency] ?? 0, currency),
    amounts: Object.fromEntries(Object.entries(amounts).map(([code, minor]) => [code, majorOf(minor, code)])),
  };
}
