import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OpenAPIObject } from '@nestjs/swagger';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const BASE = '/api/v1/billing';

/** Who may call a route: anyone, any user, an administrator, or the owner of the row that `:id` names. */
type Access = 'anyone' | 'user' | 'admin' | 'owner';
type Owned = 'subscription' | 'paymentMethod' | 'invoice';

/** Every route of the service. A new one must be added here, with who may call it. */
const ROUTES: Record<string, Access | Owned> = {
  'GET /health/live': 'anyone',
  'GET /health/ready': 'anyone',
  'GET /metrics': 'anyone',
  [`GET ${BASE}/plans`]: 'anyone',
  [`GET ${BASE}/config`]: 'anyone',
  [`POST ${BASE}/webhook`]: 'anyone',
  [`GET ${BASE}/customer`]: 'user',
  [`PATCH ${BASE}/customer`]: 'user',
  [`GET ${BASE}/subscription`]: 'user',
  [`POST ${BASE}/subscription`]: 'user',
  [`GET ${BASE}/subscriptions`]: 'user',
  [`PATCH ${BASE}/subscription/:id`]: 'subscription',
  [`POST ${BASE}/subscription/:id/cancel`]: 'subscription',
  [`POST ${BASE}/subscription/:id/reactivate`]: 'subscription',
  [`POST ${BASE}/subscription/:id/resume`]: 'subscription',
  [`DELETE ${BASE}/subscription/:id/scheduled-change`]: 'subscription',
  [`GET ${BASE}/payment-methods`]: 'user',
  [`POST ${BASE}/payment-methods`]: 'user',
  [`POST ${BASE}/payment-methods/setup-intent`]: 'user',
  [`POST ${BASE}/payment-methods/:id/default`]: 'paymentMethod',
  [`DELETE ${BASE}/payment-methods/:id`]: 'paymentMethod',
  [`GET ${BASE}/invoices`]: 'user',
  [`GET ${BASE}/invoices/:id`]: 'invoice',
  [`POST ${BASE}/invoices/:id/pay`]: 'invoice',
  [`POST ${BASE}/checkout`]: 'user',
  [`GET ${BASE}/webhook-events`]: 'admin',
  [`GET ${BASE}/webhook-events/:id`]: 'admin',
  [`POST ${BASE}/webhook-events/replay`]: 'admin',
  [`POST ${BASE}/webhook-events/:id/replay`]: 'admin',
};
const NEEDS_TOKEN = Object.keys(ROUTES).filter((route) => ROUTES[route] !== 'anyone');
const FOR_ADMINS = Object.keys(ROUTES).filter((route) => ROUTES[route] === 'admin');
const WITH_ID = Object.keys(ROUTES).filter((route) => route.includes(':id') && !FOR_ADMINS.includes(route));
const NO_IDS = [
  '0',
  '-1',
  '01',
  '1.0',
  '1e3',
  '0x1',
  '+1',
  '2147483648',
  '99999999999999999999',
  'abc',
  'null',
  'sub_1',
  '%00',
  '1%00',
  "1'--",
  '%F0%9F%92%B6',
  '1%2F2',
  '%2e%2e',
  'x'.repeat(2000),
];
const ABSENT_ID = '2147483647';

/** What Express has registered, beside the pages of the documentation. */
interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

let test: TestApp;
let other: Caller;
const foreign: Record<Owned, string> = { subscription: '', paymentMethod: '', invoice: '' };
beforeAll(async () => {
  test = await createTestApp();
  const owner = await Caller.create(test);
  const bought = await owner.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
  await test.settle();
  foreign.subscription = String(bought.body.id);
  foreign.paymentMethod = String((await owner.get('/payment-methods').expect(200)).body[0].id);
  foreign.invoice = String((await owner.get('/invoices').expect(200)).body[0].id);
  other = await Caller.create(test);
});
afterAll(() => test.close());

function registered(): string[] {
  const { router } = test.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
  return router.stack
    .flatMap(({ route }) =>
      route === undefined ? [] : Object.keys(route.methods).map((method) => ({ method, ...route })),
    )
    .filter(({ path }) => !path.startsWith('/docs'))
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
}

function send(route: string, id = '1', authorization?: string) {
  const [method = '', path = ''] = route.split(' ');
  const address = path.replace(':id', id);
  const request = test.root[method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'](address);
  return authorization === undefined ? request : request.set('Authorization', authorization);
}

/** Status and body of an answer, without what differs between any two requests. */
function answerOf(response: { status: number; body: Record<string, unknown> }): object {
  return { status: response.status, ...response.body, request_id: '' };
}

describe('the routes', () => {
  it('are exactly those that this test knows', () => {
    expect(registered().sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('are exactly those that the OpenAPI document shows', async () => {
    const { paths } = (await test.root.get('/docs-json').expect(200)).body as OpenAPIObject;
    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(documented.sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('that are not there answer 404 as problem details, whoever asks', async () => {
    for (const path of [`${BASE}/nothing`, '/', '/api', `${BASE}`, `${BASE}/subscription/1/nothing`]) {
      const response = await test.root.get(path).expect(404);
      expect(response.headers['content-type']).toMatch(/application\/problem\+json/);
      expect(response.body).toMatchObject({ code: 'not_found', status: 404, detail: 'Not found' });
    }
  });
});

describe('O2: nobody', () => {
  it.each(NEEDS_TOKEN)('gets 401 from %s', async (route) => {
    const response = await send(route, foreign.subscription);
    expect(response.status).toBe(401);
    expect(response.headers['content-type']).toMatch(/application\/problem\+json/);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.body).toMatchObject({
      code: 'authentication_required',
      detail: 'A valid bearer token is required',
    });
  });

  it('learns nothing of a body or an id before the token is there', async () => {
    const responses = [
      await send(`PATCH ${BASE}/subscription/:id`, 'abc').set('Content-Type', 'application/json').send('{'),
      await send(`POST ${BASE}/subscription`).send({ tier: 'gold' }),
      await send(`POST ${BASE}/payment-methods`).send({ filling: 'x'.repeat(200_000) }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([401, 401, 401]);
  });
});

describe('a user', () => {
  it.each(FOR_ADMINS)('gets 403 from %s', async (route) => {
    const response = await send(route, 'evt_1', other.authorization);
    expect(response.status).toBe(403);
    expect(response.body).toMatchObject({ code: 'role_required', detail: 'This needs the role admin' });
  });
});

describe('O6: another user', () => {
  it.each(WITH_ID)('gets the 404 of an absent row from %s', async (route) => {
    const kind = ROUTES[route] as Owned;
    const ofOwner = answerOf(await send(route, foreign[kind], other.authorization));
    expect(ofOwner).toEqual(answerOf(await send(route, ABSENT_ID, other.authorization)));
    expect(ofOwner).toMatchObject({ status: 404, code: 'not_found', detail: expect.stringMatching(/not found$/) });
  });

  it.each(WITH_ID)('N5: gets the same 404 for what is no id from %s', async (route) => {
    const absent = answerOf(await send(route, ABSENT_ID, other.authorization));
    for (const id of NO_IDS) expect([id, answerOf(await send(route, id, other.authorization))]).toEqual([id, absent]);
  });

  it.each(WITH_ID)('gets 404 before anything is said about the body from %s', async (route) => {
    if (route.startsWith('GET')) return;
    const kind = ROUTES[route] as Owned;
    for (const body of ['{', '[]', '{"unknown":1}']) {
      const response = await send(route, foreign[kind], other.authorization)
        .set('Content-Type', 'application/json')
        .send(body);
      expect(response.status).toBe(404);
    }
  });

  it('sees nothing of it in lists, and cannot page from it', async () => {
    for (const path of ['/subscriptions', '/payment-methods', '/invoices'])
      expect((await other.get(path).expect(200)).body).toEqual([]);
    for (const path of ['/subscription', '/customer']) expect((await other.get(path).expect(200)).text).toBe('null');
    for (const [path, id] of [
      ['/subscriptions', foreign.subscription],
      ['/invoices', foreign.invoice],
    ]) {
      const ofOwner = answerOf(await other.get(`${path}?starting_after=${id}`));
      expect(ofOwner).toMatchObject({ status: 400 });
      expect(ofOwner).toEqual(answerOf(await other.get(`${path}?starting_after=${ABSENT_ID}`)));
    }
  });

  it('cannot pay with it', async () => {
    for (const id of [foreign.paymentMethod, ABSENT_ID].map(Number)) {
      const response = await other.post('/subscription', { tier: 'starter', payment_method_id: id }).expect(400);
      expect(response.body).toMatchObject({ code: 'invalid_payment_method', detail: 'Invalid payment method' });
    }
  });

  it('has changed nothing of it', async () => {
    const rows = await test.dataSource.query<object[]>(
      `select s.status, s.cancel_at_period_end, m.is_default, m.detached_at
         from subscriptions s join customer_payment_methods m on m.customer_id = s.customer_id where s.id = $1`,
      [foreign.subscription],
    );
    expect(rows).toEqual([{ status: 'active', cancel_at_period_end: false, is_default: true, detached_at: null }]);
  });
});
