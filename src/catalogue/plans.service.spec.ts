import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Stripe from 'stripe';
import { type EntityManager } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { type Transactions } from '../database/transactions.js';
import { type CataloguePrice } from './catalogue.js';
import { catalogueOf } from './catalogue-file.js';
import { PlansService } from './plans.service.js';
import { type PriceGateway } from './price.gateway.js';

const IDS = ['starter', 'professional', 'enterprise'].flatMap((tier) => [`price_${tier}_month`, `price_${tier}_year`]);
const [STARTER_MONTHLY, STARTER_YEARLY, PRO_MONTHLY, PRO_YEARLY, ENTERPRISE_MONTHLY, ENTERPRISE_YEARLY] = IDS;
const config = AppConfig.parse({
  DATABASE_URL: 'postgres://billing@localhost/billing',
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  AUTH_JWT_SECRET: 'a-secret-with-more-than-32-characters',
  STRIPE_STARTER_MONTHLY_PRICE_ID: STARTER_MONTHLY,
  STRIPE_STARTER_YEARLY_PRICE_ID: STARTER_YEARLY,
  STRIPE_PROFESSIONAL_MONTHLY_PRICE_ID: PRO_MONTHLY,
  STRIPE_PROFESSIONAL_YEARLY_PRICE_ID: PRO_YEARLY,
  STRIPE_ENTERPRISE_MONTHLY_PRICE_ID: ENTERPRISE_MONTHLY,
  STRIPE_ENTERPRISE_YEARLY_PRICE_ID: ENTERPRISE_YEARLY,
});

/** What Stripe says of each price: the tiers have products of their own. */
function priceOf(id: string, currency = 'usd', changes: object = {}): Stripe.Price {
  const interval = id.endsWith('year') ? 'year' : 'month';
  const recurring = { interval, interval_count: 1, usage_type: 'licensed' };
  const product = { id: `prod_${id.split('_')[1]}`, active: true };
  return { id, active: true, currency, unit_amount: 100, product, recurring, ...changes } as unknown as Stripe.Price;
}

const away = () => Promise.reject(new Stripe.errors.StripeConnectionError({ type: 'api_error', message: 'away' }));

function plansOf(retrieve: (id: string) => Promise<Stripe.Price | null>): PlansService {
  const transactions = { run: (work: (manager: EntityManager) => Promise<unknown>) => work({} as EntityManager) };
  const findAll = (prices: readonly CataloguePrice[]) =>
    Promise.all(prices.map(async (sold) => ({ sold, price: await retrieve(sold.id ?? '') })));
  const gateway = { retrieve, findAll } as unknown as PriceGateway;
  return new PlansService(config, catalogueOf(config), gateway, transactions as unknown as Transactions);
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the plans of a service that started while Stripe was away', () => {
  it('are asked for until they fit, also when Stripe first answers that one does not', async () => {
    let state: 'away' | 'unfit' | 'fit' = 'away';
    const retrieve = jest.fn((id: string) => {
      if (state === 'away') return away();
      const unfit = state === 'unfit' && id === ENTERPRISE_YEARLY;
      return Promise.resolve(priceOf(id, 'usd', unfit ? { recurring: null } : {}));
    });
    const plans = plansOf(retrieve);
    await plans.onApplicationBootstrap();
    state = 'unfit';
    await jest.runOnlyPendingTimersAsync();
    expect([retrieve.mock.calls.length, plans.isReady()]).toEqual([2 * IDS.length, false]);
    state = 'fit';
    await jest.runOnlyPendingTimersAsync();
    expect([retrieve.mock.calls.length, plans.isReady()]).toEqual([3 * IDS.length, true]);
    plans.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are not taken for known: what concerns an earlier price waits for Stripe instead of being called custom', async () => {
    let isAway = true;
    const plans = plansOf((id) => (isAway ? away() : Promise.resolve(priceOf(id))));
    await plans.onApplicationBootstrap();
    const earlier = { id: 'price_of_last_year', product: 'prod_starter' };
    await expect(plans.know([earlier])).rejects.toThrow('away');
    await plans.know([{ id: STARTER_MONTHLY ?? '', product: null }]);
    isAway = false;
    await plans.know([earlier]);
    expect(plans.findPlan(earlier)).toEqual({
      tier: 'starter',
      group: 'main',
      rank: 1,
      isCurrent: false,
    });
    plans.onApplicationShutdown();
  });
});

describe('the plan of a price', () => {
  it('is the one that the price sells now, else the one of its product', async () => {
    const plans = plansOf((id) => Promise.resolve(priceOf(id)));
    await plans.onApplicationBootstrap();
    expect(plans.findPlan({ id: PRO_YEARLY ?? '', product: null })).toEqual({
      tier: 'professional',
      group: 'main',
      rank: 2,
      isCurrent: true,
    });
    expect(plans.findPlan({ id: 'price_old', product: 'prod_enterprise' })?.tier).toBe('enterprise');
    expect(plans.findPlan({ id: 'price_old', product: 'prod_of_an_add_on' })).toBeNull();
    plans.onApplicationShutdown();
  });

  it('is not told by a product that sells several plans', async () => {
    const plans = plansOf((id) => Promise.resolve(priceOf(id, 'usd', { product: 'prod_of_all' })));
    await plans.onApplicationBootstrap();
    expect(plans.findPlan({ id: 'price_old', product: 'prod_of_all' })).toBeNull();
    expect(plans.findPlan({ id: STARTER_YEARLY ?? '', product: 'prod_of_all' })?.tier).toBe('starter');
    plans.onApplicationShutdown();
  });

  it('is asked for once where only the id of the price is known', async () => {
    const retrieve = jest.fn((id: string) =>
      Promise.resolve(id === 'price_old' ? priceOf('price_enterprise_year', 'usd', { id }) : priceOf(id)),
    );
    const plans = plansOf(retrieve);
    await plans.onApplicationBootstrap();
    const old = { id: 'price_old', product: null };
    await plans.know([old, old]);
    expect([plans.findPlan(old)?.tier, plans.periodOf('price_old')?.interval]).toEqual(['enterprise', 'year']);
    expect(retrieve.mock.calls.length).toBe(IDS.length + 1);
    plans.onApplicationShutdown();
  });
});

describe('an archived price', () => {
  it('is not offered at the start, nor from an event on, nor once the prices are read again', async () => {
    const archived = new Set([PRO_MONTHLY ?? '']);
    const plans = plansOf((id) => Promise.resolve(priceOf(id, 'usd', { active: !archived.has(id) })));
    const offered = () =>
      plans.list().flatMap(({ tier, prices }) => prices.map(({ interval }) => `${tier} ${interval}`));
    await plans.onApplicationBootstrap();
    expect([plans.isReady(), offered()]).toEqual([true, expect.not.arrayContaining(['professional month'])]);
    expect(() => plans.priceOnSale({ tier: 'professional', interval: 'month', intervalCount: 1 })).toThrow(
      BillingError,
    );
    archived.clear();
    archived.add(ENTERPRISE_MONTHLY ?? '').add(ENTERPRISE_YEARLY ?? '');
    await plans.refresh('price_of_somebody_else');
    expect(offered()).toContain('enterprise year');
    await plans.refresh('prod_enterprise');
    expect(offered()).toEqual(['starter month', 'starter year', 'professional month', 'professional year']);
    archived.clear();
    await jest.runOnlyPendingTimersAsync();
    expect(offered()).toContain('enterprise year');
    expect(plans.priceOnSale({ tier: 'professional', interval: 'month', intervalCount: 1 })).toBe(PRO_MONTHLY);
    plans.onApplicationShutdown();
  });
});
