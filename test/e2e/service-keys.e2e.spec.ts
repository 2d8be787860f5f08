import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppModule } from '../../src/app.module.js';
import { createLogger } from '../../src/common/logging.js';
import { closeApp, startApp } from '../../src/http/server.js';
import { type Scope, SCOPES } from '../../src/auth/service-key.entity.js';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { BASE, type Owned, routePath, ROUTES } from '../support/routes.js';
import { configWith, createTestApp, type TestApp } from '../support/test-app.js';

const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };
const ON_BEHALF_OF = 'On-Behalf-Of';
type State = 'valid' | 'expired' | 'revoked';

let app: TestApp;
const rows: Record<'user' | 'org', Record<Owned, string>> = { user: owned(), org: owned() };
const keys = {} as Record<Scope, Record<State, string>>;
beforeAll(async () => {
  app = await createTestApp();
  rows.user = await buy(await Caller.of(app, 'ada|1'));
  rows.org = await buy(await Caller.of(app, 'bea', { org_id: 'org_1', org_role: 'owner' }));
  for (const scope of SCOPES) {
    const [valid, expired, revoked] = [await newKey(scope), await newKey(scope, ['--days', '1']), await newKey(scope)];
    await app.dataSource.query('update service_keys set expires_at = now() where id = $1', [expired.id]);
    await keysCommand('revoke', String(revoked.id));
    keys[scope] = { valid: valid.key, expired: expired.key, revoked: revoked.key };
  }
}, 60_000);
afterAll(() => app.close());

function owned(): Record<Owned, string> {
  return { subscription: '', paymentMethod: '', invoice: '' };
}

async function buy(payer: Caller): Promise<Record<Owned, string>> {
  const bought = await payer.post('/subscription', CARD).expect(201);
  await app.settle();
  return {
    subscription: String(bought.body.id),
    paymentMethod: String((await payer.get('/payment-methods').expect(200)).body[0].id),
    invoice: String((await payer.get('/invoices').expect(200)).body[0].id),
  };
}

async function keysCommand(...parameters: string[]): Promise<Record<string, unknown>> {
  const { code, json } = await cli(['keys', ...parameters], app.config);
  expect([parameters, code, json]).toEqual([parameters, 0, json]);
  return json;
}

async function newKey(scope: string, more: string[] = []) {
  const made = await keysCommand('create', '--name', `backend ${scope}`, '--scope', scope, ...more);
  return made as { id: number; key: string };
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

function send(route: string, id: string, key: string, onBehalfOf?: string) {
  const [method = '', path = ''] = route.split(' ');
  const request = app.root[method.toLowerCase() as Method](routePath(path, id)).set('Authorization', `Bearer ${key}`);
  return onBehalfOf === undefined ? request : request.set(ON_BEHALF_OF, onBehalfOf);
}

/** Calls a path below the base path with a key. */
function call(method: Method, path: string, key: string, onBehalfOf?: string) {
  return send(`${method.toUpperCase()} ${BASE}${path}`, '', key, onBehalfOf);
}

const PAYERS = { user: `user:${encodeURIComponent('ada|1')}`, org: 'org:org_1', other: 'user:nobody-yet' } as const;
const ROUTES_WITH_KEY = Object.entries(ROUTES).filter(([, access]) => access !== 'anyone');

/** Routes that name no row. */
const OF_ANY_PAYER = new Set<string>(['user', 'everybody', 'member', 'key', 'admin_key']);

/** What a route answers to a key that is valid, for a request that changes nothing: an unknown field, an absent id. */
function expectedOf(route: string, scope: Scope, payer: keyof typeof PAYERS | null): [number, string | null] {
  const access = ROUTES[route] ?? 'anyone';
  const reads = route.startsWith('GET');
  const needs = access === 'admin' || access === 'admin_key' ? 'admin' : access === 'host' || !reads ? 'act' : 'read';
  if (SCOPES.indexOf(scope) < SCOPES.indexOf(needs)) return [403, 'scope_required'];
  if (access !== 'admin' && access !== 'host') {
    if (payer === null && access !== 'everybody') return [400, 'validation_failed'];
    if (payer === 'other' && !OF_ANY_PAYER.has(access)) return [404, 'not_found'];
  }
  // Who is meant comes before what the body says.
  if (route.endsWith('/link')) return [404, 'not_found'];
  if (!reads) return [400, 'validation_failed'];
  // Payers are looked for by something.
  if (route.endsWith('/payers')) return [400, 'validation_failed'];
  return access === 'admin' && route.endsWith('/:id') ? [404, 'not_found'] : [200, null];
}

describe('every scope, at every route, for every payer', () => {
  const CASES = SCOPES.flatMap((scope) =>
    (['user', 'org', 'other', null] as const).map((payer) => [scope, payer] as const),
  );

  it.each(CASES)(
    '%s, on behalf of %s',
    async (scope, payer) => {
      for (const [route, access] of ROUTES_WITH_KEY) {
        const mine = rows[payer === 'org' ? 'org' : 'user'] as Record<string, string>;
        const header = payer === null ? undefined : PAYERS[payer];
        for (const state of ['valid', 'expired', 'revoked'] as const) {
          const request = send(route, mine[access] ?? '1', keys[scope][state], header);
          const response = await (route.startsWith('GET') ? request : request.send({ no_such_field: 1 }));
          const expected = state === 'valid' ? expectedOf(route, scope, payer) : [401, 'authentication_required'];
          const code = (response.body as { code?: string } | null)?.code ?? null;
          expect([route, state, response.status, code]).toEqual([route, state, ...expected]);
        }
      }
    },
    60_000,
  );

  it.each(SCOPES)('%s sees the rows of the other payer as little as the payer does', async (scope) => {
    for (const [route, access] of ROUTES_WITH_KEY.filter(
      ([route]) => route.includes(':id') && route.startsWith('GET'),
    )) {
      if (access === 'admin') continue;
      const id = rows.org[access as Owned];
      expect((await send(route, id, keys[scope].valid, PAYERS.user)).status).toBe(404);
      expect((await send(route, id, keys[scope].valid, PAYERS.org)).status).toBe(200);
    }
  });
});

describe('On-Behalf-Of', () => {
  it('that is anything else is a 400, beside any key and at any route', async () => {
    for (const header of ['', 'ada', 'user:', 'user:ada|1', 'org:%', 'user:a, user:b', 'USER:a', 'user:%00'])
      for (const path of ['/subscription', '/webhook-events']) {
        const response = await call('get', path, keys.admin.valid, header);
        expect([header, path, response.status]).toEqual([header, path, 400]);
        expect(response.body).toMatchObject({ errors: [{ field: ON_BEHALF_OF }] });
      }
  });

  it('twice is a 400', async () => {
    const response = await fetch(`${app.url}/subscription`, {
      headers: [
        ['Authorization', `Bearer ${keys.read.valid}`],
        [ON_BEHALF_OF, 'user:a'],
        [ON_BEHALF_OF, 'user:b'],
      ],
    });
    expect(response.status).toBe(400);
  });

  it('beside the token of a user is a 400, whoever the user is', async () => {
    for (const claims of [{}, { role: 'admin' }, { org_id: 'org_1', org_role: 'owner' }]) {
      const user = await Caller.of(app, 'ada|1', claims);
      const response = await user.get('/subscription').set(ON_BEHALF_OF, PAYERS.user).expect(400);
      expect(response.body).toMatchObject({ errors: [{ field: ON_BEHALF_OF }] });
    }
  });

  it('of a payer who is inactive is a 403', async () => {
    await app.dataSource.query(`insert into users (external_id, is_active) values ('gone', false)`);
    await app.dataSource.query(`insert into organizations (external_id, is_active) values ('gone', false)`);
    expect((await call('get', '/subscription', keys.act.valid, 'user:gone')).body).toMatchObject({
      code: 'user_inactive',
    });
    expect((await call('get', '/subscription', keys.act.valid, 'org:gone')).body).toMatchObject({
      code: 'organization_inactive',
    });
  });
});

describe('a service key', () => {
  it('makes no row by reading, and one by a change', async () => {
    const known = async () =>
      (
        await app.dataSource.query<{ id: string }[]>(
          `select external_id as id from users where external_id like 'unseen%' union all
         select external_id from organizations where external_id like 'unseen%' order by 1`,
        )
      ).map(({ id }) => id);
    for (const payer of ['user:unseen', 'org:unseen-org'])
      for (const path of ['/subscription', '/subscriptions', '/customer', '/payment-methods', '/invoices'])
        expect((await call('get', path, keys.act.valid, payer)).status).toBe(200);
    expect(await known()).toEqual([]);
    await call('post', '/subscription', keys.act.valid, 'user:unseen')
      .send({ ...CARD, email: 'u@example.com' })
      .expect(201);
    await call('post', '/subscription', keys.act.valid, 'org:unseen-org')
      .send({ ...CARD, email: 'o@example.com' })
      .expect(201);
    expect(await known()).toEqual(['unseen', 'unseen-org']);
    const user = await Caller.of(app, 'unseen');
    expect((await user.get('/subscription').expect(200)).body).toMatchObject({ tier: 'starter', status: 'active' });
  });

  it('needs an e-mail for a payer of whom none is known', async () => {
    const response = await call('post', '/subscription', keys.act.valid, 'user:no-email').send(CARD).expect(400);
    expect(response.body).toMatchObject({ code: 'email_required' });
  });

  it('shares the idempotency keys of its payer, and has its own where it acts for nobody', async () => {
    const purchase = () =>
      call('post', '/subscription', keys.act.valid, 'user:twice')
        .set('Idempotency-Key', 'once')
        .send({ ...CARD, email: 't@example.com' });
    const first = await purchase().expect(201);
    const second = await purchase().expect(201);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.body.id).toBe(first.body.id);
    const replay = () => call('post', '/webhook-events/replay', keys.admin.valid).set('Idempotency-Key', 'once');
    await replay().expect(200);
    expect((await replay().expect(200)).headers['idempotent-replayed']).toBe('true');
  });

  it('bars a removed member, and a read key does not', async () => {
    const member = await Caller.of(app, 'mel', { org_id: 'org_1' });
    await member.get('/subscription').expect(200);
    await call('delete', '/organizations/org_1/members/mel', keys.read.valid).expect(403);
    await call('delete', '/organizations/org_1/members/mel', keys.act.valid).expect(204);
    await member.get('/subscription').expect(404);
  });

  it('is none where a character is missing, or the name of the scheme', async () => {
    const key = keys.act.valid;
    for (const wrong of [key.slice(0, -1), `${key}x`, key.toUpperCase(), 'bsk_', key.replace('bsk_', '')])
      expect((await call('get', '/subscription', wrong, PAYERS.user)).status).toBe(401);
  });

  it('never stands in a log line', async () => {
    let log = '';
    const config = configWith(app, { LOG_LEVEL: 'trace' });
    const logger = createLogger('trace', { write: (line) => (log += line) });
    const server = await startApp(AppModule.forRoot(config), config, logger);
    try {
      const url = `${await server.getUrl()}${BASE}/subscription`;
      for (const key of [keys.act.valid, keys.act.revoked])
        for (const header of [PAYERS.user, 'nonsense']) {
          const headers = {
            Authorization: `Bearer ${key}`,
            [ON_BEHALF_OF]: header,
            'Content-Type': 'application/json',
          };
          await fetch(url, { headers });
          await fetch(url, { method: 'POST', headers, body: JSON.stringify(CARD) });
        }
    } finally {
      await closeApp(server);
    }
    expect(log).toContain('answered');
    expect(log).not.toContain('bsk_');
    for (const { valid, revoked } of Object.values(keys))
      for (const key of [valid, revoked]) expect(log).not.toContain(key.slice(4, 20));
  });

  it('notes once a minute that it is used', async () => {
    const { id, key } = await newKey('read');
    const lastUse = async () =>
      (
        await app.dataSource.query<[{ at: Date | null }]>('select last_used_at as at from service_keys where id = $1', [
          id,
        ])
      )[0].at;
    expect(await lastUse()).toBeNull();
    await call('get', '/subscription', key, PAYERS.user).expect(200);
    const first = await lastUse();
    expect(first).not.toBeNull();
    await call('get', '/subscription', key, PAYERS.user).expect(200);
    expect(await lastUse()).toEqual(first);
    await app.dataSource.query(`update service_keys set last_used_at = last_used_at - interval '61 seconds'`);
    await call('get', '/subscription', key, PAYERS.user).expect(200);
    expect((await lastUse())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Infinity);
  });
});

describe('metadata', () => {
  const stripeMetadata = async (id: number) => {
    const [{ stripe }] = await app.dataSource.query<[{ stripe: string }]>(
      'select stripe_subscription_id as stripe from subscriptions where id = $1',
      [id],
    );
    return (await app.stripe.subscriptions.retrieve(stripe)).metadata;
  };

  it('of a purchase and of a change stands at the subscription, beside ours', async () => {
    const payer = 'user:with-metadata';
    const order = '😀'.repeat(250);
    const bought = await call('post', '/subscription', keys.act.valid, payer)
      .send({ ...CARD, email: 'm@example.com', metadata: { order, note: 'first' } })
      .expect(201);
    expect(await stripeMetadata(bought.body.id)).toMatchObject({ order, note: 'first', billing_payer: payer });
    await call('patch', `/subscription/${String(bought.body.id)}`, keys.act.valid, payer)
      .send({ metadata: { note: 'second', order: '' } })
      .expect(200);
    const changed = await call('patch', `/subscription/${String(bought.body.id)}`, keys.act.valid, payer)
      .send({ tier: 'professional', metadata: { seat: 'A' } })
      .expect(200);
    expect(changed.body).toMatchObject({ tier: 'professional' });
    const metadata = await stripeMetadata(bought.body.id);
    expect(metadata).toMatchObject({ note: 'second', seat: 'A', billing_payer: payer });
    expect(metadata).not.toHaveProperty('order');
  });

  it('is for service keys alone', async () => {
    const user = await Caller.create(app);
    const refused = await user.post('/subscription', { ...CARD, metadata: { order: '1' } }).expect(400);
    expect(refused.body).toMatchObject({
      errors: [{ field: 'metadata', message: 'metadata is for service keys alone' }],
    });
    const bought = await user.post('/subscription', CARD).expect(201);
    await user.patch(`/subscription/${String(bought.body.id)}`, { metadata: { order: '1' } }).expect(400);
  });

  it.each<[string, unknown]>([
    ['more than 20', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, 'v']))],
    ['a long text', { a: 'x'.repeat(501) }],
    ['a number', { a: 1 }],
    ['an object', { a: {} }],
    ['a list', ['a']],
    ['a text', 'a'],
    ['a long name', { ['k'.repeat(41)]: 'v' }],
    ['an empty name', { '': 'v' }],
    ['a name with brackets', { 'a[b]': 'v' }],
    ...['billing_payer', 'billing_instance', 'user_id', 'organization_id', 'operation_key', 'intent_key', 'tier'].map(
      (name): [string, unknown] => [`our own ${name}`, { [name]: 'user:ada' }],
    ),
  ])('is refused for %s', async (_what, metadata) => {
    const refused = await call('post', '/subscription', keys.act.valid, 'user:refused')
      .send({ ...CARD, email: 'm@example.com', metadata })
      .expect(400);
    expect(refused.body).toMatchObject({ errors: [{ field: 'metadata' }] });
  });
});

describe('the command keys', () => {
  it('shows a key once, and keeps only what tells whether it is the same', async () => {
    const { id, key } = await newKey('act', ['--days', '30']);
    expect(key).toMatch(/^bsk_[A-Za-z0-9_-]{43}$/);
    const listed = JSON.stringify(await keysCommand('list'));
    expect(listed).toContain(`"id":${id}`);
    expect(listed).not.toContain(key);
    const stored = JSON.stringify(await app.dataSource.query('select * from service_keys where id = $1', [id]));
    expect(stored).not.toContain(key.slice(4));
  });

  it('rotates with an overlap: both are valid, then the new one alone', async () => {
    const old = await newKey('act', ['--days', '30']);
    const made = (await keysCommand('rotate', String(old.id), '--overlap', '2')) as typeof old & {
      expires_at: string;
      scope: string;
    };
    const statusOf = async (key: string) => (await call('get', '/subscription', key, PAYERS.user)).status;
    expect([await statusOf(old.key), await statusOf(made.key), made.scope]).toEqual([200, 200, 'act']);
    const [{ hours }] = await app.dataSource.query<[{ hours: number }]>(
      'select round(extract(epoch from expires_at - now()) / 3600)::int as hours from service_keys where id = $1',
      [old.id],
    );
    expect(hours).toBe(2);
    expect(Math.round((Date.parse(made.expires_at) - Date.now()) / 86_400_000)).toBe(30);
    await app.dataSource.query('update service_keys set expires_at = now() where id = $1', [old.id]);
    expect([await statusOf(old.key), await statusOf(made.key)]).toEqual([401, 200]);
    expect(await cli(['keys', 'rotate', String(old.id)], app.config)).toMatchObject({ code: 1 });
  });

  it('revokes at once, and says so for one that is not there', async () => {
    const { id, key } = await newKey('read');
    await keysCommand('revoke', String(id));
    expect((await call('get', '/subscription', key, PAYERS.user)).status).toBe(401);
    expect(await cli(['keys', 'revoke', '2147483647'], app.config)).toMatchObject({ code: 1 });
    expect(await cli(['keys', 'create', '--name', 'x', '--scope', 'all'], app.config)).toMatchObject({ code: 2 });
  });
});
