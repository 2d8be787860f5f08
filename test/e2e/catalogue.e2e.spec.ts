import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeApp } from '../../src/http/server.js';
import { Caller } from '../support/caller.js';
import { catalogueFile, ONE_PLAN } from '../support/catalogue-files.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';
import { readCatalogue } from '../../src/catalogue/catalogue-file.js';
import { CatalogueGateway } from '../../src/catalogue/catalogue.gateway.js';
import { pushCatalogue } from '../../src/catalogue/catalogue-push.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(ONE_PLAN) } });
});
afterAll(() => app.close());

const buy = (caller: Caller, body: object) =>
  caller.post('/subscription', { payment_method_id: 'pm_card_visa', ...body });

describe('a shop with one plan at 9 EUR and a free one', () => {
  it('shows them as the catalogue says', async () => {
    const { body } = await app.http.get('/plans').expect(200);
    expect(body).toMatchObject([
      { tier: 'free', name: 'Free', default: true, prices: [], features: [{ name: '10 notes' }, { included: false }] },
      {
        tier: 'pro',
        prices: [{ interval: 'month', amount: 9, currency: 'eur' }],
        features: [
          { name: 'Unlimited notes', included: true },
          { name: 'Sharing', included: true },
        ],
      },
    ]);
  });

  it('sells the plan without an interval being named, and invoices 9 EUR', async () => {
    const caller = await Caller.create(app);
    const { body } = await buy(caller, { tier: 'pro' }).expect(201);
    expect(body).toMatchObject({ tier: 'pro', status: 'active', interval: 'month', amount: 9, currency: 'eur' });
    await app.settle();
    const { body: invoices } = await caller.get('/invoices').expect(200);
    expect(invoices).toMatchObject([{ amount_paid: 9, currency: 'eur', status: 'paid' }]);
  });

  it('sells it by Checkout', async () => {
    const caller = await Caller.create(app);
    const { body } = await caller.post('/checkout', { tier: 'PRO' }).expect(200);
    expect(body.url).toContain('/c/pay/cs_test_');
  });

  it('refuses to sell what is had without being bought, and says how to return to it', async () => {
    const caller = await Caller.create(app);
    for (const path of ['/subscription', '/checkout'])
      expect((await caller.post(path, { tier: 'free' }).expect(400)).body.detail).toBe('Invalid tier: free');
    const { body: sold } = await buy(caller, { tier: 'pro' }).expect(201);
    const refused = await caller.patch(`/subscription/${sold.id}`, { tier: 'free' }).expect(400);
    expect(refused.body.detail).toBe('Invalid tier: free. To return to it, cancel the subscription');
    const yearly = await caller.patch(`/subscription/${sold.id}`, { interval: 'year' }).expect(400);
    expect(yearly.body.detail).toBe('Invalid interval: year');
    expect((await caller.post('/subscription', { tier: 'starter' }).expect(400)).body.detail).toBe(
      'Invalid tier: starter',
    );
  });
});

describe('a catalogue that does not fit the account', () => {
  const refusalOf = async (content: typeof ONE_PLAN): Promise<string> => {
    const config = configWith(app, { BILLING_CATALOGUE: catalogueFile(content) });
    const started = await startApp(config).catch((error: unknown) => error as Error);
    if (started instanceof Error) return started.message;
    await closeApp(started);
    return 'started';
  };
  const sold = (price: object) => ({
    ...ONE_PLAN,
    plans: { ...ONE_PLAN.plans, pro: { name: 'Pro', prices: [price] } },
  });

  it('stops the boot with the place and the reason', async () => {
    expect(await refusalOf(sold({ interval: 'year', amounts: { eur: 90 } }) as typeof ONE_PLAN)).toBe(
      'billing.catalogue.json: plans.pro.prices[0]: is not known to Stripe; run `catalogue push`',
    );
    expect(await refusalOf(sold({ interval: 'year', lookup_key: 'pro_month' }) as typeof ONE_PLAN)).toBe(
      'billing.catalogue.json: plans.pro.prices[0]: is paid every 1 month, not every year',
    );
    expect(await refusalOf({ ...ONE_PLAN, colour: 'red' } as typeof ONE_PLAN)).toContain('billing.catalogue.json:\n  ');
    expect(await refusalOf(ONE_PLAN)).toBe('started');
  });
});

describe('a raised price', () => {
  it('is a new one at Stripe: old subscribers keep plan and amount, new ones pay more', async () => {
    const old = await Caller.create(app);
    const { body: before } = await buy(old, { tier: 'pro' }).expect(201);
    const raised = catalogueFile({
      ...ONE_PLAN,
      plans: {
        ...ONE_PLAN.plans,
        pro: { ...ONE_PLAN.plans.pro, prices: [{ interval: 'month', amounts: { eur: 12 } }] },
      },
    });
    const changes = await pushCatalogue(new CatalogueGateway(app.stripe), readCatalogue(raised));
    expect(changes).toMatchObject([{ kind: 'create_price', product: 'billing_pro' }]);
    expect(await pushCatalogue(new CatalogueGateway(app.stripe), readCatalogue(raised))).toEqual([]);
    const next = await startApp(configWith(app, { BILLING_CATALOGUE: raised, WEBHOOK_POLL_SECONDS: '60' }));
    try {
      const url = `${await next.getUrl()}/api/v1/billing`;
      const call = async (sub: string, path: string, init: RequestInit = {}) => {
        const headers = { authorization: await app.bearer(sub), 'content-type': 'application/json' };
        return (await fetch(`${url}${path}`, { ...init, headers })).json();
      };
      const body = JSON.stringify({ tier: 'pro', payment_method_id: 'pm_card_visa' });
      expect(await call('raised-new', '/subscription', { method: 'POST', body })).toMatchObject({
        tier: 'pro',
        amount: 12,
      });
      await app.control('advance', { seconds: 32 * 86_400 });
      await app.settle();
      expect(await call(old.sub, '/subscription')).toMatchObject({ id: before.id, tier: 'pro', amount: 9 });
    } finally {
      await closeApp(next);
    }
  });
});
