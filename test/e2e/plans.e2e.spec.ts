import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';
import { PlansService } from '../../src/catalogue/plans.service.js';

describe('the plans', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp();
  });
  afterAll(() => test.close());

  it('are listed with prices and copy, to anyone', async () => {
    const { body } = await test.http.get('/plans').expect(200);
    const prices = (body as { tier: string; prices: object[] }[]).map(({ tier, prices }) => [tier, prices]);
    expect(prices).toEqual(
      [
        ['starter', 29, 290],
        ['professional', 79, 790],
        ['enterprise', 199, 1990],
      ].map(([tier, month, year]) => [
        tier,
        [
          { interval: 'month', interval_count: 1, amount: month, currency: 'usd', amounts: { usd: month } },
          { interval: 'year', interval_count: 1, amount: year, currency: 'usd', amounts: { usd: year } },
        ],
      ]),
    );
    expect(body[1]).toMatchObject({ name: 'Professional', description: 'For a team that grows' });
    expect(body[1].features).toContainEqual({ key: 'api_access', name: 'API access', included: false });
  });

  it('are known by their Stripe price', () => {
    const plans = test.app.get(PlansService);
    const price = plans.priceIdOf({ tier: 'enterprise', interval: 'year', intervalCount: 1 });
    expect(plans.findPlan({ id: price, product: null })).toEqual({
      tier: 'enterprise',
      group: 'main',
      rank: 3,
      isCurrent: true,
    });
    expect(plans.findPlan({ id: 'price_of_somebody_else', product: null })).toBeNull();
    expect(plans.isReady()).toBe(true);
  });

  it('come with a public configuration', async () => {
    const { body } = await test.http.get('/config').expect(200);
    expect(body).toEqual({
      publishable_key: 'pk_test_of_the_tests',
      entitlements_public_key: null,
      trial_days: 14,
      sandbox: test.config.sandbox,
      now: expect.any(String),
    });
  });

  it("come with the time of Stripe's clock, also after that of the sandbox was moved", async () => {
    const stripeNow = async () =>
      Date.parse(((await test.http.get('/config').expect(200)).body as { now: string }).now);
    expect(Math.abs((await stripeNow()) - Date.now())).toBeLessThan(5_000);
    const { now } = (await test.control('advance', { seconds: 86_400 })) as { now: number };
    expect(Math.abs((await stripeNow()) - now * 1000)).toBeLessThan(5_000);
  });

  it('stop the boot with the name of each variable whose price does not fit', async () => {
    const env = test.config.env;
    const { id: product } = await test.stripe.products.create({ name: 'Another' });
    const once = await test.stripe.prices.create({ product, currency: 'usd', unit_amount: 100 });
    const config = configWith(test, {
      STRIPE_STARTER_MONTHLY_PRICE_ID: once.id,
      STRIPE_PROFESSIONAL_MONTHLY_PRICE_ID: env.STRIPE_PROFESSIONAL_YEARLY_PRICE_ID ?? '',
      STRIPE_PROFESSIONAL_YEARLY_PRICE_ID: 'price_unknown',
    });
    await expect(startApp(config)).rejects.toThrow(
      [
        'STRIPE_STARTER_MONTHLY_PRICE_ID: is not a recurring price',
        'STRIPE_PROFESSIONAL_MONTHLY_PRICE_ID: is paid every 1 year, not every month',
        'STRIPE_PROFESSIONAL_YEARLY_PRICE_ID: is not known to Stripe',
      ].join('\n'),
    );
  });

  it('stop the boot when Stripe refuses the key', async () => {
    await test.control('faults', { kind: 'status', status: 401, method: 'GET', times: 1_000 });
    try {
      await expect(startApp(test.config)).rejects.toThrow('STRIPE_SECRET_KEY: Stripe refuses');
    } finally {
      await test.control('faults/clear', {});
    }
  });

  it('leave the service unready, but up, while Stripe is away', async () => {
    const app = await startApp(configWith(test, { STRIPE_API_BASE: 'http://127.0.0.1:1' }));
    expect(app.get(PlansService).isReady()).toBe(false);
    const response = await fetch(`${await app.getUrl()}/api/v1/billing/plans`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'stripe_unavailable' });
    await app.close();
  });
});
