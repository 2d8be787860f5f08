import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

let test: TestApp;
let caller: Caller;
let subscription: string;
let card: string;
let before: string;
beforeAll(async () => {
  test = await createTestApp();
  caller = await Caller.create(test);
  const { body } = await caller
    .post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' })
    .expect(201);
  const [method] = await caller.listCards();
  subscription = `/subscription/${body.id}`;
  card = `/payment-methods/${method?.id}`;
  await test.settle();
  before = await everything();
});
afterAll(() => test.close());

/** All that Stripe and our tables hold but what changes by itself, or says that a request ran. */
async function everything(): Promise<string> {
  const tables = await test.dataSource.query<{ name: string }[]>(
    `select table_name as name from information_schema.tables where table_schema = 'public'
       and table_name not in ('billing_migrations', 'service_processes', 'payer_leases') order by 1`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) => test.dataSource.query<object[]>(`select * from ${name} order by 1`)),
  );
  const { objects } = (await test.control('state')) as { objects: object };
  return JSON.stringify([objects, tables, rows]);
}

async function expectNothingDone(): Promise<void> {
  await test.settle();
  expect(await everything()).toBe(before);
}

/** A refusal is problem details whose text names what is wrong. */
function expectProblem(response: Answer, status: number, detail: RegExp | string): void {
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.body).toMatchObject({
    type: 'about:blank',
    title: expect.any(String),
    status,
    code: expect.stringMatching(/^[a-z_]+$/),
    request_id: response.headers['x-request-id'],
    detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    message: response.body.detail,
  });
  expect(response.status).toBe(status);
}

/** Every address that changes something, with a body that it would accept. */
const WRITES: [method: 'post' | 'patch', path: () => string, body: object][] = [
  ['patch', () => '/customer', { name: 'Changed' }],
  ['post', () => '/payment-methods', { payment_method_id: 'pm_card_mastercard' }],
  ['post', () => '/payment-methods/setup-intent', {}],
  ['post', () => `${card}/default`, {}],
  ['post', () => '/subscription', { tier: 'starter' }],
  ['patch', () => subscription, { tier: 'enterprise' }],
  ['post', () => `${subscription}/cancel`, { cancel_at_period_end: true }],
  ['post', () => `${subscription}/reactivate`, {}],
  ['post', () => '/checkout', { tier: 'starter' }],
];

/** Sends bytes as they are; supertest would make JSON of them. */
async function send(
  method: 'post' | 'patch',
  path: string,
  text: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${test.url}${path}`, {
    method: method.toUpperCase(),
    headers: { Authorization: caller.authorization, 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(text),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

describe('an invalid field', () => {
  it.each([
    [{ tier: 'starter', trial_days: '14' }, 'trial_days must be an integer number'],
    [{ tier: 'starter', trial_days: 1.5 }, 'trial_days must be an integer number'],
    [{ tier: 'starter', trial_days: 0 }, 'trial_days must not be less than 1'],
    [{ interval: 'month' }, 'tier must be a string'],
    [{ tier: '' }, 'tier must be longer than or equal to 1 characters'],
  ])('is told once, with what is wrong with it first: %j', async (body, message) => {
    for (const path of ['/subscription', '/checkout']) {
      const response = await caller.post(path, body).expect(400);
      expect(response.body).toMatchObject({ detail: message });
      const [field = ''] = message.split(' ');
      expect(response.body.errors).toEqual([{ field, message }]);
    }
  });
});

describe('a body that is no JSON object of known fields gets an answer that says so, at every address', () => {
  const deep = `${'[{"a":'.repeat(12_000)}1${'}]'.repeat(12_000)}`;
  const bodies: [name: string, text: (body: object) => string | Buffer, status: number, detail: RegExp][] = [
    ['malformed JSON', () => '{"tier": "starter"', 400, /^The body is not valid JSON$/],
    ['two values', () => '{} {}', 400, /^The body is not valid JSON$/],
    ['no UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, /^The body is not valid JSON$/],
    ['a list', (body) => JSON.stringify([body]), 400, /must be a JSON object|takes no body/],
    ['a text', () => '"starter"', 400, /must be a JSON object|takes no body/],
    ['a number', () => '7', 400, /must be a JSON object|takes no body/],
    ['an unknown field', (body) => JSON.stringify({ ...body, plan: 'x' }), 400, /^plan is not a known field$/],
    ['the field of camelCase', (body) => JSON.stringify({ ...body, trialDays: 14 }), 400, /^trialDays is not a known/],
    ['an amount', (body) => JSON.stringify({ ...body, amount: 1 }), 400, /^amount is not a known field$/],
    ['an owner', (body) => JSON.stringify({ ...body, user_id: 1 }), 400, /^user_id is not a known field$/],
    [
      'a prototype',
      (body) => withField(body, '__proto__', '{"role":"admin"}'),
      400,
      /^__proto__ is not a known field$/,
    ],
    ['a constructor', (body) => withField(body, 'constructor', '{"a":1}'), 400, /^constructor is not a known field$/],
    ['a shallow prototype', (body) => withField(body, '__proto__', 'null'), 400, /^__proto__ is not a known field$/],
    ['very deep nesting', () => deep, 400, /^The body is nested too deeply$/],
    ['very deep fields', (body) => withField(body, 'name', deep), 400, /^The body is nested too deeply$/],
    ['100 KiB and more', (body) => withField(body, 'name', `"${'x'.repeat(102_400)}"`), 413, /^The body is too large$/],
  ];
  describe.each(bodies)('%s', (_name, text, status, detail) => {
    it.each(WRITES.map(([method, path, body]) => ({ method, path, body, address: path.toString().slice(6) })))(
      '$method $address',
      async ({ method, path, body }) => {
        expectProblem(await send(method, path(), text(body)), status, detail);
        expectProblem(await send(method, path(), text(body), { 'Idempotency-Key': 'bad-input' }), status, detail);
      },
    );
  });
  const types: [name: string, headers: Record<string, string>, status: number, text?: Buffer][] = [
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', { 'Content-Type': 'text/plain' }, 415],
    ['XML', { 'Content-Type': 'application/xml' }, 415],
    ['an unknown character set', { 'Content-Type': 'application/json; charset=klingon' }, 415],
    ['an unknown encoding', { 'Content-Encoding': 'rot13' }, 415],
    ['a broken encoding', { 'Content-Encoding': 'gzip' }, 400],
    ['a small body that unpacks to a huge one', { 'Content-Encoding': 'gzip' }, 413, gzipSync(' '.repeat(50_000_000))],
  ];
  it.each(types.map(([name, headers, status, text]) => ({ name, headers, status, text })))(
    'sent as $name',
    async ({ headers, status, text }) => {
      for (const [method, path, body] of WRITES) {
        const response = await send(method, path(), text ?? Buffer.from(JSON.stringify(body)), headers);
        expectProblem(response, status, /.{10}/);
      }
    },
  );
  it('sent without a type', async () => {
    for (const [method, path, body] of WRITES) {
      const response = await send(method, path(), JSON.stringify(body), { 'Content-Type': '' });
      expectProblem(response, 415, 'Send application/json');
    }
  });
  it('has done nothing, here or at Stripe', expectNothingDone);
});

describe('a field of the wrong type or out of range is named in the answer', () => {
  const long = 'x'.repeat(5_000);
  type Case = [method: 'post' | 'patch', path: () => string, valid: object, field: string, values: unknown[]];
  const texts = [7, true, ['a'], { a: 1 }, 'a\0b', '\ud800', long];
  const flags = ['false', 'true', 0, 1, 'no', [], {}];
  const references = [
    '',
    'pm_',
    'card_1',
    'sk_test_1',
    'pm_a b',
    'pm_../x',
    'pm_\0',
    0,
    -1,
    1.5,
    2_147_483_648,
    true,
    ['pm_card_visa'],
    long,
  ];
  const days = ['14', 0, -1, 1.5, 731, true, [14], { $gt: 0 }];
  const cases: Case[] = [
    ['post', () => '/subscription', {}, 'tier', [...texts, '', undefined, null]],
    ['post', () => '/subscription', { tier: 'starter' }, 'interval', texts],
    ['post', () => '/subscription', { tier: 'starter' }, 'payment_method_id', references],
    ['post', () => '/subscription', { tier: 'starter' }, 'trial_days', days],
    ['post', () => '/subscription', { tier: 'starter' }, 'coupon_code', [...texts, '']],
    ['post', () => '/checkout', {}, 'tier', [...texts, '', undefined, null]],
    ['post', () => '/checkout', { tier: 'starter' }, 'interval', texts],
    ['post', () => '/checkout', { tier: 'starter' }, 'trial_days', days],
    ['patch', () => subscription, {}, 'tier', texts],
    ['patch', () => subscription, {}, 'interval', texts],
    ['patch', () => subscription, {}, 'payment_method_id', references],
    ['patch', () => subscription, { tier: 'professional' }, 'when', ['later', 7, true, ['now'], long]],
    ['post', () => `${subscription}/cancel`, {}, 'cancel_at_period_end', flags],
    [
      'post',
      () => `${subscription}/cancel`,
      {},
      'reason',
      [7, true, ['a'], { a: 1 }, 'a\0b', '\udfff', 'x'.repeat(501)],
    ],
    [
      'post',
      () => '/payment-methods',
      {},
      'payment_method_id',
      [...references.filter((value) => value !== 0), undefined, null],
    ],
    ['post', () => '/payment-methods', { payment_method_id: 'pm_card_visa' }, 'set_as_default', flags],
    ['patch', () => '/customer', {}, 'email', [...texts, 'nobody', 'a@b', 'a b@example.com', 'a@example.com\nb']],
    ['patch', () => '/customer', {}, 'name', texts],
    ['patch', () => '/customer', {}, 'phone', texts],
    ['patch', () => '/customer', {}, 'postal_code', texts],
    ['patch', () => '/customer', {}, 'country', [...texts, 'XX', 'gbr', 'Germany']],
  ];
  it.each(
    cases.map(([method, path, valid, field, values]) => ({
      method,
      path,
      valid,
      field,
      values,
      at: path.toString().slice(6),
    })),
  )('$method $at: $field', async ({ method, path, valid, field, values }) => {
    for (const value of values) {
      const response = await send(method, path(), JSON.stringify({ ...valid, [field]: value }));
      const named = { field, message: expect.stringContaining(field) };
      expect([value, response.status, response.body]).toEqual([
        value,
        400,
        expect.objectContaining({
          code: 'validation_failed',
          errors: expect.arrayContaining([expect.objectContaining(named)]),
        }),
      ]);
      expectProblem(response, 400, /.{10}/);
    }
  });

  it('all invalid fields are named at once', async () => {
    const response = await caller.post('/subscription', { tier: 1, interval: 2, trial_days: 'x', coupon_code: [] });
    const { errors } = response.body as { errors: { field: string }[] };
    expect(new Set(errors.map(({ field }) => field))).toEqual(
      new Set(['tier', 'interval', 'trial_days', 'coupon_code']),
    );
  });

  it('has done nothing, here or at Stripe', expectNothingDone);
});

describe('a query parameter that is unknown, of the wrong type or out of range is named in the answer', () => {
  it.each([
    ['/invoices?page=2', 'page'],
    ['/invoices?limit=0', 'limit'],
    ['/invoices?limit=101', 'limit'],
    ['/invoices?limit=-1', 'limit'],
    ['/invoices?limit=1000000', 'limit'],
    ['/invoices?limit=1.5', 'limit'],
    ['/invoices?limit=ten', 'limit'],
    ['/invoices?limit=', 'limit'],
    ['/invoices?limit=1&limit=2', 'limit'],
    ['/invoices?limit[]=1', 'limit[]'],
    ['/invoices?limit=%00', 'limit'],
    ['/invoices?status_filter=PAID', 'status_filter'],
    ['/invoices?status_filter=lost', 'status_filter'],
    ['/invoices?status_filter=paid&status_filter=open', 'status_filter'],
    ['/invoices?status_filter=%00', 'status_filter'],
    ["/invoices?status_filter=paid'--", 'status_filter'],
    ['/invoices?starting_after=0', 'starting_after'],
    ['/invoices?starting_after=2147483648', 'starting_after'],
    ['/invoices?starting_after=2147483647', 'starting_after'],
    ['/invoices?__proto__=1', '__proto__'],
    ['/subscriptions?limit=0', 'limit'],
    ['/subscriptions?starting_after=abc', 'starting_after'],
    ['/subscriptions?status=active', 'status'],
    ['/subscription?expand=customer', 'expand'],
    ['/customer?user_id=1', 'user_id'],
    ['/payment-methods?limit=1', 'limit'],
  ])('%s', async (path, field) => {
    const response = await caller.get(path);
    expectProblem(response, 400, /.{10}/);
    expect(response.body.errors).toContainEqual({ field, message: expect.stringContaining(field) });
  });

  it('J3: a limit of 1 to 100 is accepted', async () => {
    for (const path of ['/invoices?limit=1', '/invoices?limit=100', '/subscriptions?limit=100'])
      await caller.get(path).expect(200);
  });

  it('on writes too', async () => {
    for (const [method, path, body] of WRITES) {
      const response = await send(method, `${path()}?force=true`, JSON.stringify(body));
      expectProblem(response, 400, 'force is not a known parameter');
    }
    await expectNothingDone();
  });
});

describe('an address that cannot be read', () => {
  it.each([
    '/%',
    '/subscription%',
    '/invoices/%',
    '/invoices/%zz',
    '/invoices/%E0%A4%A',
    '/invoices/%C0%AF',
    '/../../etc/passwd',
    '//',
    `/${'x'.repeat(7_000)}`,
  ])('%s answers 404', async (path) => {
    expectProblem(await caller.get(path), 404, /ot found$/);
  });
});

describe('a request id', () => {
  it.each(['short', 'x'.repeat(129), 'with space in it', 'quote"in-it-12345', '{"a":"injection"}'])(
    'that is not well-formed is replaced: %s',
    async (id) => {
      const response = await caller.get('/subscription').set('X-Request-Id', id).expect(200);
      expect(response.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    },
  );

  it('that is well-formed comes back in header and problem', async () => {
    const response = await caller.get('/invoices/0').set('X-Request-Id', 'from-the-frontend-1').expect(404);
    expect(response.headers['x-request-id']).toBe('from-the-frontend-1');
    expect(response.body.request_id).toBe('from-the-frontend-1');
  });
});

/** JSON of a body with one more field, whose value is given as JSON. */
function withField(body: object, name: string, json: string): string {
  const members = Object.entries(body).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${[...members.filter((member) => !member.startsWith(`"${name}"`)), `${JSON.stringify(name)}:${json}`].join()}}`;
}
