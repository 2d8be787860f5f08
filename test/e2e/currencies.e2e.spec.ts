import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { catalogueFile, TWO_CURRENCIES } from '../support/catalogue-files.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(TWO_CURRENCIES) } });
});
afterAll(() => app.close());

const CARD = { payment_method_id: 'pm_card_visa' };
const MONTH = 32 * 86_400;

async function buy(caller: Caller, body: object): Promise<{ id: number }> {
  const { body: made } = await caller.post('/subscription', { ...CARD, ...body }).expect(201);
  return made as { id: number };
}

/** What the caller paid, the newest first. */
async function paid(caller: Caller): Promise<[number, string][]> {
  await app.settle();
  const { body } = await caller.get('/invoices').expect(200);
  return (body as { amount_paid: number; currency: string }[]).map((one) => [one.amount_paid, one.currency]);
}

const currencyOf = async (caller: Caller) =>
  ((await caller.get('/customer').expect(200)).body as { currency: string | null } | null)?.currency;

describe('GET /plans', () => {
  it("tells the prices in the catalogue's currency, or in the one that is named", async () => {
    const told = async (query: string) => {
      const { body } = await app.http.get(`/plans${query}`).expect(200);
      const plans = body as { tier: string; prices: { amount: number; currency: string }[] }[];
      return plans.map(({ tier, prices }) => [tier, prices[0]?.amount, prices[0]?.currency]);
    };
    expect(await told('')).toContainEqual(['local', 30, 'usd']);
    expect(await told('?currency=EUR')).toEqual([
      ['small', 9, 'eur'],
      ['big', 18, 'eur'],
      ['hosting', 4, 'eur'],
    ]);
    const { body } = await app.http.get('/plans?currency=gbp').expect(400);
    expect(body).toMatchObject({
      code: 'invalid_currency',
      detail: 'Invalid currency: gbp. Choose one of: usd, eur',
    });
    await app.http.get('/plans?currency=euro').expect(400);
  });
});

describe('a purchase', () => {
  it("is in the catalogue's currency where none is named, and the payer keeps it", async () => {
    const caller = await Caller.create(app);
    await buy(caller, { tier: 'small' });
    expect(await currencyOf(caller)).toBe('usd');
    expect(await paid(caller)).toEqual([[10, 'usd']]);
  });

  it('is in the currency that is named, which the next one has by itself', async () => {
    const caller = await Caller.create(app);
    expect(await buy(caller, { tier: 'small', currency: 'EUR' })).toMatchObject({ amount: 9, currency: 'eur' });
    expect(await currencyOf(caller)).toBe('eur');
    expect(await buy(caller, { tier: 'hosting' })).toMatchObject({ amount: 4, currency: 'eur' });
    expect(await paid(caller)).toEqual([
      [4, 'eur'],
      [9, 'eur'],
    ]);
    expect(await currencyOf(caller)).toBe('eur');
  });

  it('in another currency than the one that the payer pays in is refused, and says what to do', async () => {
    const caller = await Caller.create(app);
    await buy(caller, { tier: 'small', currency: 'eur' });
    const wish = { tier: 'hosting', currency: 'usd', ...CARD };
    const refusal = { code: 'currency_fixed', detail: 'You pay in eur already; leave the currency out' };
    expect((await caller.post('/subscription', wish).expect(409)).body).toMatchObject(refusal);
    const { payment_method_id: _, ...checkout } = wish;
    expect((await caller.post('/checkout', checkout).expect(409)).body).toMatchObject(refusal);
    const stripeId = await caller.stripeCustomerId();
    expect((await app.stripe.subscriptions.list({ customer: stripeId })).data).toHaveLength(1);
  });

  it('in a currency in which the plan, or what is bought with it, is not sold is refused', async () => {
    const caller = await Caller.create(app);
    for (const wish of [
      { tier: 'small', currency: 'gbp' },
      { tier: 'local', currency: 'eur' },
      { tier: 'small', currency: 'eur', add_ons: [{ plan: 'support' }] },
    ])
      expect((await caller.post('/subscription', { ...CARD, ...wish }).expect(400)).body).toMatchObject({
        code: 'invalid_currency',
      });
    await caller.post('/subscription', { ...CARD, tier: 'small', currency: 'e' }).expect(400);
    await buy(caller, { tier: 'hosting', currency: 'eur' });
    expect((await caller.post('/subscription', { ...CARD, tier: 'local' }).expect(409)).body).toMatchObject({
      code: 'currency_fixed',
      detail: 'You pay in eur, and local is not sold in it; choose something else or ask support',
    });
  });

  it('by Checkout is in that currency, and another currency is another session', async () => {
    const caller = await Caller.create(app);
    const begin = async (currency: string) => {
      const { body } = await caller.post('/checkout', { tier: 'big', currency }).expect(200);
      return app.stripe.checkout.sessions.retrieve(String(body.id));
    };
    const first = await begin('eur');
    expect(first).toMatchObject({ currency: 'eur', amount_total: 1800 });
    expect((await begin('eur')).id).toBe(first.id);
    const other = await begin('usd');
    expect(other).toMatchObject({ currency: 'usd', amount_total: 2000 });
    expect((await app.stripe.checkout.sessions.retrieve(first.id)).status).toBe('expired');
  });

  it('takes up a first payment left undone in its own currency alone', async () => {
    const caller = await Caller.create(app);
    const wish = { tier: 'small', payment_method_id: 'pm_card_authenticationRequired', currency: 'eur' };
    const { body: waiting } = await caller.post('/subscription', wish).expect(201);
    expect(waiting).toMatchObject({ status: 'incomplete', currency: 'eur' });
    const card = { ...wish, payment_method_id: undefined };
    const again = await caller.post('/subscription', card).expect(200);
    expect(again.body).toMatchObject({ id: waiting.id });
    expect((await caller.post('/subscription', { ...card, currency: 'usd' }).expect(409)).body).toMatchObject({
      code: 'currency_fixed',
    });
  });
});

describe('a change of plan', () => {
  it('stays in the currency of the subscription, now and at the end of the period', async () => {
    const caller = await Caller.create(app);
    const { id } = await buy(caller, { tier: 'small', currency: 'eur' });
    const { body: up } = await caller.patch(`/subscription/${id}`, { tier: 'big', currency: 'eur' }).expect(200);
    expect(up).toMatchObject({ tier: 'big', amount: 18, currency: 'eur' });
    expect(await paid(caller)).toEqual([
      [9, 'eur'],
      [9, 'eur'],
    ]);
    await caller.patch(`/subscription/${id}`, { tier: 'small' }).expect(200);
    await app.control('advance', { seconds: MONTH });
    expect((await paid(caller))[0]).toEqual([9, 'eur']);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'small', amount: 9, currency: 'eur' });
  }, 60_000);

  it('to another currency, or to what is not sold in it, is refused', async () => {
    const caller = await Caller.create(app);
    const { id } = await buy(caller, { tier: 'small', currency: 'eur' });
    for (const wish of [
      { tier: 'big', currency: 'usd' },
      { tier: 'local' },
      { add_ons: [{ plan: 'support' }] },
      { tier: 'big', add_ons: [{ plan: 'support' }] },
    ])
      expect((await caller.patch(`/subscription/${id}`, wish).expect(409)).body).toMatchObject({
        code: 'currency_fixed',
      });
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'small', scheduled_change: null });
  });
});
