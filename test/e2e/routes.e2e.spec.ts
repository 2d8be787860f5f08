import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OpenAPIObject } from '@nestjs/swagger';
import { Caller } from '../support/caller.js';
import { BASE, type Owned, routePath, ROUTES } from '../support/routes.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const NEEDS_TOKEN = Object.keys(ROUTES).filter((route) => ROUTES[route] !== 'anyone');
const FOR_ADMINS = Object.keys(ROUTES).filter((route) => ['admin', 'host'].includes(ROUTES[route] ?? ''));
const NAMES_NO_ROW = new Set<string>(['user', 'everybody', 'member', 'key', 'admin_key']);
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

/** Everybody who calls: for whom, and whether this caller may change what is theirs. */
const CALLERS = {
  'the person': { sub: 'ada', claims: {}, payer: 'person', mayBuy: true },
  'another person': { sub: 'grace', claims: {}, payer: 'other', mayBuy: true },
  'a buyer': { sub: 'bea', claims: org('org_1', 'owner'), payer: 'organization', mayBuy: true },
  'another buyer': { sub: 'bob', claims: org('org_1', ['guest', 'billing']), payer: 'organization', mayBuy: true },
  'a member': { sub: 'mel', claims: org('org_1', 'member'), payer: 'organization', mayBuy: false },
  'the person as a member': { sub: 'ada', claims: org('org_1', []), payer: 'organization', mayBuy: false },
  'a buyer of another organization': { sub: 'zoe', claims: org('org_2', 'owner'), payer: 'other', mayBuy: true },
  'the buyer for another organization': { sub: 'bea', claims: org('org_2', 'admin'), payer: 'other', mayBuy: true },
  'the buyer privately': { sub: 'bea', claims: {}, payer: 'other', mayBuy: true },
  'a person who is called like the organization': { sub: 'org_1', claims: {}, payer: 'other', mayBuy: true },
} as const;

function org(org_id: string, org_role: string | string[]) {
  return { org_id, org_role };
}

async function buy(payer: Caller): Promise<Record<Owned, string>> {
  const bought = await payer.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
  await test.settle();
  return {
    subscription: String(bought.body.id),
    paymentMethod: String((await payer.get('/payment-methods').expect(200)).body[0].id),
    invoice: String((await payer.get('/invoices').expect(200)).body[0].id),
  };
}

/** What Express has registered, beside the pages of the documentation. */
interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

let test: TestApp;
let other: Caller;
let foreign: Record<Owned, string>;
let ofOrganization: Record<Owned, string>;
let callers: Record<keyof typeof CALLERS, Caller>;
beforeAll(async () => {
  test = await createTestApp();
  const all = Object.entries(CALLERS).map(async ([name, { sub, claims }]) => [
    name,
    await Caller.of(test, sub, claims),
  ]);
  callers = Object.fromEntries(await Promise.all(all)) as typeof callers;
  foreign = await buy(callers['the person']);
  ofOrganization = await buy(callers['a buyer']);
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
  const address = routePath(path, id);
  const request = test.root[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'](address);
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

/** Sends what only whoever may call the route hears of: a field that it does not know. */
async function sendUnknown(
  route: string,
  id: string,
  caller: Caller,
): Promise<{ http: number; code: string | null; body: object }> {
  const response = route.startsWith('GET')
    ? await send(route, id, caller.authorization)
    : await send(route, id, caller.authorization).send({ no_such_field: 1 });
  return {
    http: response.status,
    code: (response.body as { code?: string } | null)?.code ?? null,
    body: answerOf(response),
  };
}

describe('every caller, for every payer, at every route', () => {
  const CASES = Object.keys(CALLERS).flatMap((name) =>
    (['person', 'organization'] as const).map((owner) => [name as keyof typeof CALLERS, owner] as const),
  );

  it.each(CASES)('%s, with what is the %s’s', async (name, owner) => {
    const { payer, mayBuy } = CALLERS[name];
    const rows = owner === 'person' ? foreign : ofOrganization;
    for (const route of NEEDS_TOKEN) {
      const access = ROUTES[route];
      const reads = route.startsWith('GET');
      const id = FOR_ADMINS.includes(route) || NAMES_NO_ROW.has(access ?? '') ? '1' : rows[access as Owned];
      const found = await sendUnknown(route, id, callers[name]);
      const expected = () => {
        if (FOR_ADMINS.includes(route)) return { http: 403, code: 'role_required' };
        if (access === 'key' || access === 'admin_key') return { http: 403, code: 'scope_required' };
        if (!mayBuy && !reads && access !== 'member') return { http: 403, code: 'buyer_role_required' };
        if (!NAMES_NO_ROW.has(access ?? '') && payer !== owner) return { http: 404, code: 'not_found' };
        return reads ? { http: 200, code: null } : { http: 400, code: 'validation_failed' };
      };
      expect([route, found]).toEqual([route, expect.objectContaining(expected())]);
      if (found.http === 404)
        expect([route, found]).toEqual([route, await sendUnknown(route, ABSENT_ID, callers[name])]);
    }
  });

  it.each(Object.keys(CALLERS) as (keyof typeof CALLERS)[])(
    '%s sees in lists what is its payer’s alone',
    async (name) => {
      const { payer } = CALLERS[name];
      const rows = { person: foreign, organization: ofOrganization, other: null }[payer];
      const idsAt = async (path: string) =>
        ((await callers[name].get(path).expect(200)).body as { id: number }[]).map(({ id }) => String(id));
      expect({
        subscriptions: await idsAt('/subscriptions'),
        methods: await idsAt('/payment-methods'),
        invoices: await idsAt('/invoices'),
        current: (await callers[name].get('/subscription').expect(200)).body?.id ?? null,
        customer: (await callers[name].get('/customer').expect(200)).body === null,
      }).toEqual({
        subscriptions: rows === null ? [] : [rows.subscription],
        methods: rows === null ? [] : [rows.paymentMethod],
        invoices: rows === null ? [] : [rows.invoice],
        current: rows === null ? null : Number(rows.subscription),
        customer: rows === null,
      });
    },
  );
});
