import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

interface Entry {
  id: string;
  actor: string;
  actor_id: number | null;
  payer: string | null;
  action: string;
  object_type: string;
  object_id: string;
  before: object | null;
  after: object | null;
  request_id: string | null;
}

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await createTestApp();
  admin = await Caller.of(app, 'root', { role: 'admin' });
});
afterAll(() => app.close());

const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };
const list = async (query = '') => (await admin.get(`/audit${query}`).expect(200)).body as Entry[];
const of = (payer: string) => list(`?limit=100&payer=${encodeURIComponent(payer)}`);

describe('the audit log', () => {
  it('tells who bought, changed, cancelled and reactivated for whom, with ids alone', async () => {
    const user = await Caller.of(app, 'ada|1');
    const bought = await user.post('/subscription', CARD).expect(201);
    const path = `/subscription/${String(bought.body.id)}`;
    await user.patch(path, { tier: 'professional' }).expect(200);
    await user.patch(path, { tier: 'starter' }).expect(200);
    await user.post(`${path}/cancel`, { reason: 'my name is Ada' }).expect(200);
    const reactivated = await user.post(`${path}/reactivate`).expect(200);
    await user.post(`${path}/cancel`, { cancel_at_period_end: false }).expect(200);
    const entries = await of('user:ada|1');
    expect(entries.map(({ action }) => action)).toEqual([
      'subscription.canceled',
      'subscription.reactivated',
      'subscription.cancellation_scheduled',
      'subscription.change_scheduled',
      'subscription.changed',
      'subscription.created',
    ]);
    const [{ id: userId }] = await app.dataSource.query<[{ id: number }]>(
      `select id from users where external_id = 'ada|1'`,
    );
    for (const entry of entries)
      expect(entry).toMatchObject({
        actor: 'user',
        actor_id: userId,
        payer: 'user:ada|1',
        object_type: 'subscription',
      });
    expect(new Set(entries.map(({ object_id }) => object_id)).size).toBe(1);
    expect(entries[1]?.request_id).toBe(reactivated.headers['x-request-id']);
    expect(JSON.stringify(entries)).not.toMatch(/example\.com|my name|visa|4242/);
  });

  it('tells of a refused purchase nothing', async () => {
    const user = await Caller.of(app, 'declined');
    await user.post('/subscription', { ...CARD, payment_method_id: 'pm_card_chargeCustomerFail' }).expect(402);
    expect(await of('user:declined')).toEqual([]);
  });

  it('tells which service key acted for an organization, and who made and revoked the key', async () => {
    const { json: key } = await cli(['keys', 'create', '--name', 'Ada Lovelace', '--scope', 'act'], app.config);
    const host = (method: 'post' | 'delete', route: string) =>
      app.http[method](route).set('Authorization', `Bearer ${String(key.key)}`);
    await host('post', '/subscription')
      .set('On-Behalf-Of', 'org:org_1')
      .send({ ...CARD, email: 'o@example.com' })
      .expect(201);
    await host('delete', '/organizations/org_1/members/mel').expect(204);
    const { json: rotated } = await cli(['keys', 'rotate', String(key.id)], app.config);
    await cli(['keys', 'revoke', String(key.id)], app.config);
    expect(await of('org:org_1')).toMatchObject([
      { actor: 'service_key', actor_id: key.id, action: 'member.removed', object_type: 'member', object_id: 'mel' },
      { actor: 'service_key', actor_id: key.id, action: 'subscription.created' },
    ]);
    const entries = await list(`?object=service_key:${String(key.id)}`);
    expect(entries).toMatchObject([
      { actor: 'operator', actor_id: null, payer: null, action: 'service_key.revoked' },
      { action: 'service_key.rotated', after: { replaced_by: rotated.id } },
      { action: 'service_key.created', after: { scope: 'act', expires_at: null } },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/bsk_|Lovelace/);
  });

  it('is read page by page, by administrators alone', async () => {
    const all = await list('?limit=100');
    const paged: Entry[] = [];
    let query: string | undefined = '?limit=3';
    while (query !== undefined) {
      const page: { body: unknown; headers: Record<string, string> } = await admin.get(`/audit${query}`).expect(200);
      paged.push(...(page.body as Entry[]));
      query = /\/audit(\?[^>]*)>/.exec(page.headers.link ?? '')?.[1];
    }
    expect(paged).toEqual(all);
    for (const query of [
      '?payer=ada',
      '?payer=user:',
      '?object=x',
      '?object=:1',
      '?starting_after=0',
      '?limit=101',
      '?x=1',
    ])
      await admin.get(`/audit${query}`).expect(400);
    await (await Caller.of(app, 'ada|1')).get('/audit').expect(403);
  });

  it('cannot be changed, nor emptied, nor lose what is young', async () => {
    for (const statement of ['update audit_log set actor_id = 1', 'delete from audit_log', 'truncate audit_log'])
      await expect(app.dataSource.query(statement)).rejects.toThrow(/only added to/);
    expect((await list()).length).toBeGreaterThan(0);
  });

  it('keeps its entries for AUDIT_RETENTION_DAYS', async () => {
    const add = (age: number) =>
      app.dataSource.query(
        `insert into audit_log (created_at, actor_kind, action, object_type, object_id)
         values (now() - make_interval(days => $1), 'operator', 'aged', 'day', $2)`,
        [age, String(age)],
      );
    for (const age of [399, 401, 800]) await add(age);
    expect(await app.app.get(AuditRetention).trimAll()).toBe(2);
    expect((await list('?object=day:399')).length).toBe(1);
    expect((await list('?object=day:401')).length).toBe(0);
  });
});
