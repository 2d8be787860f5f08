import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/test-app.js';

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
});
