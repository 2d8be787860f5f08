import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { eventually } from '../support/eventually.js';
import { withoutEvents } from '../support/lost-events.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf } from '../support/webhook-deliveries.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

interface Session {
  id: string;
  url: string;
  expires_at: number;
}

async function begin(caller: Caller, body: object = {}): Promise<Session> {
  const response = await caller.post('/checkout', { tier: 'professional', ...body });
  expect(response.body).toMatchObject({ id: expect.any(String) });
  expect(response.status).toBe(200);
  return response.body as Session;
}

async function openSessions(caller: Caller): Promise<string[]> {
  const customer = await caller.stripeCustomerId();
  const { data } = await app.stripe.checkout.sessions.list({ customer, status: 'open' });
  return data.map(({ id }) => id);
}

async function operationsOf(caller: Caller): Promise<{ kind: string; state: string; reason: string | null }[]> {
  return app.dataSource.query(
    `select i.kind, i.state, i.reason from stripe_operations i join customers c on c.id = i.customer_id
     join users u on u.id = c.user_id where u.external_id = $1 and i.kind = 'checkout.create'
     order by i.created_at`,
    [caller.sub],
  );
}

describe('POST /checkout', () => {
  it('opens a session of Stripe that says whose it is, for what, and where to go back', async () => {
    const caller = await Caller.create(app);
    const body = await begin(caller, { tier: 'Professional', interval: 'year', trial_days: 14 });
    const session = await app.stripe.checkout.sessions.retrieve(body.id);
    expect(body).toEqual({ id: session.id, url: session.url, expires_at: session.expires_at });
    expect(Number.isInteger(body.expires_at)).toBe(true);
    const userId = await caller.userId();
    expect(session).toMatchObject({
      mode: 'subscription',
      customer: await caller.stripeCustomerId(),
      client_reference_id: userId,
      success_url: 'http://localhost:5179/billing?session_id={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://localhost:5179/billing',
      payment_method_collection: 'always',
      metadata: {
        user_id: userId,
        ...(await metadataOf(app, caller.sub)),
        tier: 'professional',
        interval: 'year',
        operation_key: expect.any(String),
        intent_key: expect.any(String),
      },
    });
    const lines = await app.stripe.checkout.sessions.listLineItems(session.id);
    expect(lines.data.map(({ price, quantity }) => [price?.id, quantity])).toEqual([[app.prices.professional.year, 1]]);
  });

  it('writes no subscription until Stripe says that it was completed', async () => {
    const caller = await Caller.create(app);
    await begin(caller);
    expect((await caller.get('/subscriptions')).body).toEqual([]);
    expect(await operationsOf(caller)).toEqual([{ kind: 'checkout.create', state: 'done', reason: null }]);
  });

  it('goes on with the open session of the same plan, interval, trial and coupon', async () => {
    await app.stripe.coupons.create({ id: 'SAMEAGAIN', percent_off: 10, duration: 'once' });
    const caller = await Caller.create(app);
    const wish = { interval: 'month', trial_days: 7, coupon_code: 'sameagain' };
    const first = await begin(caller, wish);
    const second = await begin(caller, wish);
    expect(second).toEqual(first);
    const third = await begin(caller, wish);
    expect(third).toEqual(first);
    expect(await openSessions(caller)).toEqual([first.id]);
  });

  it.each([
    ['plan', { tier: 'enterprise' }],
    ['interval', { interval: 'year' }],
    ['trial', { trial_days: 7 }],
    ['coupon', { coupon_code: 'OTHERWISE' }],
  ])('closes an open session of another %s', async (what, wish) => {
    if (what === 'coupon') await app.stripe.coupons.create({ id: 'OTHERWISE', percent_off: 10, duration: 'once' });
    const caller = await Caller.create(app);
    const first = await begin(caller);
    const second = await begin(caller, wish);
    expect(second.id).not.toBe(first.id);
    expect(await openSessions(caller)).toEqual([second.id]);
  });

  it.each([
    [{ tier: 'gold', interval: 'decade' }, 'Invalid tier: gold'],
    [{ tier: 'free' }, 'Invalid tier: free'],
    [{ tier: 'starter', interval: 'decade' }, 'Invalid interval: decade'],
    [{ tier: 'starter', coupon_code: 'NOSUCH' }, 'Invalid coupon: NOSUCH'],
    [{ tier: 'starter', trial_days: 15 }, 'trial_days must not be greater than 14'],
    [{ tier: 'starter', success_url: 'https://evil.example' }, 'success_url is not a known field'],
    [{ tier: '' }, 'tier must be longer than or equal to 1 characters'],
  ])('refuses %j with 400: %s', async (body, detail) => {
    const caller = await Caller.create(app);
    const response = await caller.post('/checkout', body);
    expect([response.status, response.body.detail]).toEqual([400, detail]);
    expect(await operationsOf(caller)).toEqual([]);
  });

  it('is refused with 409 while a subscription lives', async () => {
    const caller = await Caller.create(app);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    const response = await caller.post('/checkout', { tier: 'professional' });
    expect([response.status, response.body.code]).toEqual([409, 'subscription_exists']);
    expect(await openSessions(caller)).toEqual([]);
  });

  it('is refused with 409 for a subscription that lives at Stripe alone, which is then shown', async () => {
    const caller = await Caller.create(app);
    const customer = await caller.stripeCustomerId();
    await withoutEvents(app, async () => {
      const card = await app.stripe.paymentMethods.attach('pm_card_visa', { customer });
      await app.stripe.subscriptions.create({
        customer,
        items: [{ price: app.prices.starter.month }],
        default_payment_method: card.id,
      });
    });
    expect((await caller.get('/subscription')).body).toBeNull();
    const response = await caller.post('/checkout', { tier: 'professional' });
    expect([response.status, response.body.code]).toEqual([409, 'subscription_exists']);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'starter', status: 'active' });
    expect(await operationsOf(caller)).toMatchObject([{ state: 'failed', reason: 'subscription_exists' }]);
  });

  it('is refused with 409 for a second trial', async () => {
    const caller = await Caller.create(app);
    const bought = await caller
      .post('/subscription', { tier: 'starter', trial_days: 7, payment_method_id: 'pm_card_visa' })
      .expect(201);
    await caller.post(`/subscription/${bought.body.id}/cancel`, { cancel_at_period_end: false }).expect(200);
    const response = await caller.post('/checkout', { tier: 'starter', trial_days: 7 });
    expect([response.status, response.body.detail]).toEqual([409, 'Trial already used']);
  });

  it('clears a first payment that was left undone', async () => {
    const caller = await Caller.create(app);
    const undone = await caller.post('/subscription', { tier: 'professional' }).expect(201);
    expect(undone.body).toMatchObject({ status: 'incomplete' });
    await begin(caller);
    const customer = await caller.stripeCustomerId();
    const { data } = await app.stripe.subscriptions.list({ customer, status: 'all', expand: ['data.latest_invoice'] });
    expect(data).toMatchObject([{ latest_invoice: { status: 'void' } }]);
    expect(['canceled', 'incomplete_expired']).toContain(data[0]?.status);
    expect((await caller.get('/subscription')).body).toBeNull();
  });

  it('a purchase by card closes the open session', async () => {
    const caller = await Caller.create(app);
    await begin(caller);
    await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
    expect(await openSessions(caller)).toEqual([]);
  });

  it('makes one customer and one session of parallel requests', async () => {
    const caller = await Caller.create(app);
    const responses = await Promise.all(Array.from({ length: 5 }, () => caller.post('/checkout', { tier: 'starter' })));
    const refused = responses.filter(({ status }) => status !== 200);
    for (const response of refused) {
      expect([response.status, response.body.code]).toEqual([409, 'purchase_in_progress']);
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    }
    const ids = new Set(responses.filter(({ status }) => status === 200).map(({ body }) => (body as Session).id));
    expect([...ids]).toEqual(await openSessions(caller));
    expect((await app.stripe.customers.list({ email: `${caller.sub}@example.com` })).data).toHaveLength(1);
  });

  it('answers a repeated Idempotency-Key with the same session', async () => {
    const caller = await Caller.create(app);
    const send = (body: object) => caller.post('/checkout', body).set('Idempotency-Key', `checkout-${caller.sub}`);
    const first = await send({ tier: 'starter' }).expect(200);
    const second = await send({ tier: 'starter' }).expect(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    await send({ tier: 'enterprise' }).expect(422);
  });

  it('needs a token, and an e-mail for the first purchase', async () => {
    await app.http.post('/checkout').send({ tier: 'starter' }).expect(401);
    const authorization = await app.bearer('no-mail', { email: undefined });
    const response = await app.http.post('/checkout').set('Authorization', authorization).send({ tier: 'starter' });
    expect([response.status, response.body.detail]).toEqual([400, 'Email required']);
  });
});

describe('a completed Checkout', () => {
  async function complete(session: string, details: object = {}): Promise<void> {
    await app.control('checkout/complete', { session, ...details });
    await app.settle();
  }

  it('is fulfilled by its events: the subscription is shown, and its card is the default', async () => {
    const caller = await Caller.create(app);
    const old = await caller.addCard('pm_card_mastercard');
    const { id } = await begin(caller, { interval: 'year' });
    await complete(id);
    expect((await caller.get('/subscription')).body).toMatchObject({
      tier: 'professional',
      interval: 'year',
      status: 'active',
      amount: 790,
    });
    await eventually(async () => {
      const cards = await caller.listCards();
      expect(cards.map(({ card_last4, is_default }) => [card_last4, is_default])).toEqual([
        ['4242', true],
        [old.card_last4, false],
      ]);
    });
    await eventually(async () => {
      const { data } = await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() });
      expect(data).toMatchObject([{ default_payment_method: null }]);
    });
    expect((await caller.get('/invoices')).body).toMatchObject([{ status: 'paid', amount_paid: 790 }]);
    const again = await caller.post('/checkout', { tier: 'starter' });
    expect([again.status, again.body.code]).toEqual([409, 'subscription_exists']);
  });

  it('begins with the trial, which counts from then on', async () => {
    const caller = await Caller.create(app);
    const { id } = await begin(caller, { trial_days: 14 });
    expect((await caller.get('/customer')).body).toMatchObject({ trial_available: true });
    await complete(id);
    expect((await caller.get('/subscription')).body).toMatchObject({ status: 'trialing' });
    expect((await caller.get('/customer')).body).toMatchObject({ trial_available: false });
  });

  it('takes the coupon off', async () => {
    await app.stripe.coupons.create({ id: 'HALF', percent_off: 50, duration: 'forever' });
    const caller = await Caller.create(app);
    const { id } = await begin(caller, { coupon_code: 'half' });
    await complete(id);
    expect((await caller.get('/subscription')).body).toMatchObject({ coupon: 'HALF' });
    expect((await caller.get('/invoices')).body).toMatchObject([{ amount_paid: 39.5 }]);
  });

  it('answers the next request with 409 even while its events are lost', async () => {
    const caller = await Caller.create(app);
    const { id } = await begin(caller);
    await withoutEvents(app, () => app.control('checkout/complete', { session: id }));
    const bought = await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' });
    expect([bought.status, bought.body.code]).toEqual([409, 'subscription_exists']);
    expect((await caller.get('/subscription')).body).toMatchObject({ tier: 'professional', status: 'active' });
  });

  it('whose card is detached before it could become the default leaves nothing open', async () => {
    const caller = await Caller.create(app);
    const { id } = await begin(caller);
    await withoutEvents(app, async () => {
      await app.control('checkout/complete', { session: id });
      const { data } = await app.stripe.customers.listPaymentMethods(await caller.stripeCustomerId());
      for (const card of data) await app.stripe.paymentMethods.detach(card.id);
    });
    const session = await app.stripe.checkout.sessions.retrieve(id);
    await deliver(app, eventOf('checkout.session.completed', session)).expect(200);
    await app.settle();
    await eventually(async () => {
      const operations = await app.dataSource.query<object[]>(
        `select state, attempts from stripe_operations where kind = 'card.make_default' and subject_stripe_id = $1`,
        [session.subscription],
      );
      expect(operations).toEqual([{ state: 'done', attempts: 1 }]);
    });
    expect(await caller.listCards()).toEqual([]);
  });

  it('leaves an expired session to be opened anew', async () => {
    const caller = await Caller.create(app);
    const first = await begin(caller);
    await app.stripe.checkout.sessions.expire(first.id);
    await app.settle();
    const second = await begin(caller);
    expect(second.id).not.toBe(first.id);
  });

  it.each(['is completed', 'expires'])(
    'of a guest, for whom Stripe makes no customer, is nobody’s: it %s',
    async (end) => {
      await (await Caller.create(app)).stripeCustomerId();
      const { id } = await app.stripe.checkout.sessions.create({
        mode: 'payment',
        line_items: [{ price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Mug' } }, quantity: 1 }],
        success_url: 'https://example.com',
      });
      if (end === 'expires') await app.stripe.checkout.sessions.expire(id);
      else await app.control('checkout/complete', { session: id });
      await app.settle();
      const inInbox = `select state, reason from webhook_events where object_id = $1`;
      const events = await app.dataSource.query<object[]>(inInbox, [id]);
      expect(events).toEqual([{ state: 'ignored', reason: 'unlinked_customer' }]);
    },
  );

  it('of a customer who is nobody of ours waits until the link appears', async () => {
    const session = await app.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: app.prices.starter.month, quantity: 1 }],
      customer_email: 'stranger@example.com',
      client_reference_id: '1',
      success_url: 'https://example.com',
    });
    await complete(session.id);
    const events = await app.dataSource.query<object[]>(
      `select state, reason from webhook_events where object_id = $1`,
      [session.id],
    );
    expect(events).toEqual([{ state: 'ignored', reason: 'unlinked_customer' }]);
  });
});
