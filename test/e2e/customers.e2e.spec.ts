import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { newCustomer } from '../support/webhook-deliveries.js';

describe('the customer of a user', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  it('is the JSON value null before there is one', async () => {
    const answer = await app.http.get('/customer').set('Authorization', await app.bearer('nobody-yet'));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/application\/json/);
    expect(answer.text).toBe('null');
  });

  it('is one customer, here and at Stripe, however many requests make it at once', async () => {
    const authorization = await app.bearer('ada', { first_name: 'Ada', last_name: 'Lovelace' });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        app.http.patch('/customer').set('Authorization', authorization).send({ city: 'London' }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const atStripe = await app.stripe.customers.list({ email: 'ada@example.com' });
    expect(atStripe.data).toHaveLength(1);
    expect(atStripe.data[0]).toMatchObject({ name: 'Ada Lovelace', address: { city: 'London' } });
  });

  it('changes the part of the address that is named; what Stripe has beside it stays, of any length, known here or not', async () => {
    const caller = await Caller.create(app);
    const id = await caller.stripeCustomerId();
    const rest = {
      line1: 'Building 7 '.repeat(30).trim(),
      state: 'S'.repeat(120),
      postal_code: '1234567890 / 0987654321 x',
    };
    await app.stripe.customers.update(id, { address: { ...rest, city: 'Bangkok', country: 'TH' } });
    const changed = await caller.patch('/customer', { city: 'Phuket' }).expect(200);
    expect(await app.stripe.customers.retrieve(id)).toMatchObject({
      address: { ...rest, city: 'Phuket', country: 'TH' },
    });
    expect(changed.body).toMatchObject({ address_line1: rest.line1, state: rest.state, postal_code: rest.postal_code });
    const cleared = await caller.patch('/customer', { country: '', state: '' }).expect(200);
    expect(cleared.body).toMatchObject({ country: null, state: null, city: 'Phuket' });
  });

  it('needs an e-mail address', async () => {
    const authorization = await app.bearer('no-mail', { email: undefined });
    const answer = await app.http.patch('/customer').set('Authorization', authorization).send({ name: 'X' });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'email_required', detail: 'Email required' });
  });

  it('says what Stripe says of the e-mail, also that there is none, whatever the token says later', async () => {
    const customer = await newCustomer(app, 'changing');
    await app.stripe.customers.update(customer.id, { email: '' });
    await app.settle();
    const renamed = await app.bearer('changing', { email: 'another@example.com' });
    const answer = await app.http.get('/customer').set('Authorization', renamed);
    expect(answer.body).toMatchObject({ email: '' });
    const report = await app.app.get(ReconciliationService).reconcile({ graceSeconds: 0 });
    expect(report.drift).toEqual([]);
    const given = await app.http.patch('/customer').set('Authorization', renamed).send({ email: 'mine@example.com' });
    expect(given.body).toMatchObject({ email: 'mine@example.com' });
  });

  const BUY = { tier: 'starter', payment_method_id: 'pm_card_visa' };
  const REFUSED = 'ada lovelace@example.com';
  /** Calls as a user whose token has this e-mail. */
  const as = async (sub: string, email: string | undefined) => {
    const authorization = await app.bearer(sub, { email });
    return {
      post: (path: string, body: object) => app.http.post(path).set('Authorization', authorization).send(body),
      patch: (body: object) => app.http.patch('/customer').set('Authorization', authorization).send(body),
    };
  };

  it.each([
    ['/subscription', BUY, 201],
    ['/checkout', { tier: 'starter' }, 200],
    ['/payment-methods', { payment_method_id: 'pm_card_visa' }, 201],
    ['/payment-methods/setup-intent', {}, 201],
  ])(
    'is made by POST %s once the token has another e-mail than the one that Stripe refused',
    async (path, body, status) => {
      const sub = `corrected${path}`;
      const refused = await (await as(sub, REFUSED)).post(path, body).expect(400);
      expect(refused.body).toMatchObject({ code: 'validation_failed', errors: [{ field: 'email' }] });
      await (await as(sub, 'corrected@example.com')).post(path, body).expect(status);
      await (await as(sub, REFUSED)).patch({ city: 'London' }).expect(200);
    },
  );

  it('is made with the e-mail that its user gives where Stripe refuses that of the token', async () => {
    const patched = await as('patched', REFUSED);
    await patched.patch({ name: 'Ada' }).expect(400);
    await patched.post('/subscription', BUY).expect(400);
    expect((await patched.patch({ email: 'patched@example.com' }).expect(200)).body.email).toBe('patched@example.com');
    await patched.post('/subscription', BUY).expect(201);
    const given = await as('given', REFUSED);
    await given.post('/subscription', BUY).expect(400);
    await given.post('/subscription', { ...BUY, email: 'given@example.com' }).expect(201);
    expect((await app.stripe.customers.list({ email: 'given@example.com' })).data).toHaveLength(1);
  });

  it('is not made with a refused e-mail once the token has none', async () => {
    await (await as('forgotten', REFUSED)).post('/subscription', BUY).expect(400);
    const without = await (await as('forgotten', undefined)).post('/subscription', BUY).expect(400);
    expect(without.body).toMatchObject({ code: 'email_required', detail: 'Email required' });
  });

  it.each([
    ['/subscription', BUY, 201],
    ['/checkout', { tier: 'starter' }, 200],
    ['/payment-methods', { payment_method_id: 'pm_card_visa' }, 201],
  ])('has the e-mail of POST %s where the token has none', async (path, body, status) => {
    const caller = await as(`bare${path}`, undefined);
    const required = await caller.post(path, body).expect(400);
    expect(required.body).toMatchObject({ code: 'email_required', detail: 'Email required' });
    const wrong = await caller.post(path, { ...body, email: 'nobody' }).expect(400);
    expect(wrong.body).toMatchObject({ errors: [{ field: 'email' }] });
    const email = `bare-${path.slice(1)}@example.com`;
    await caller.post(path, { ...body, email }).expect(status);
    expect((await app.stripe.customers.list({ email })).data).toHaveLength(1);
  });

  it('keeps its e-mail, whatever a later purchase gives: PATCH /customer changes it', async () => {
    const caller = await as('kept', 'kept@example.com');
    await caller.post('/subscription', { ...BUY, email: 'first@example.com' }).expect(201);
    await caller
      .post('/payment-methods', { payment_method_id: 'pm_card_visa', email: 'later@example.com' })
      .expect(201);
    expect((await caller.patch({ city: 'Bath' }).expect(200)).body.email).toBe('first@example.com');
    const refused = await caller.patch({ email: `${'a'.repeat(300)}@example.com` }).expect(400);
    expect(refused.body).toMatchObject({ errors: [{ field: 'email' }] });
  });
});
