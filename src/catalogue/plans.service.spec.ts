import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Stripe from 'stripe';
import { AppConfig } from '../config/app-config.js';
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

/** What Stripe says of each price. */
function priceOf(id: string, active: boolean): Stripe.Price {
  const interval = id.endsWith('year') ? 'year' : 'month';
  const recurring = { interval, interval_count: 1, usage_type: 'licensed' };
  return { id, active, currency: 'usd', unit_amount: 100, product: 'prod_1', recurring } as Stripe.Price;
}

describe('the plans of a service that started while Stripe was away', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are asked for until they fit, also when Stripe first answers that one does not', async () => {
    let state: 'away' | 'unfit' | 'fit' = 'away';
    const retrieve = jest.fn((id: string) =>
      state === 'away'
        ? Promise.reject(new Stripe.errors.StripeConnectionError({ type: 'api_error', message: 'away' }))
        : Promise.resolve(priceOf(id, state === 'fit' || id !== ENTERPRISE_YEARLY)),
    );
    const plans = new PlansService(config, { retrieve } as unknown as PriceGateway);
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
});
