import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
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
});
