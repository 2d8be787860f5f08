import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PlansService } from '../../src/catalogue/plans.service.js';
import { FeatureOverridesService } from '../../src/entitlements/feature-overrides.service.js';
import { EventRetention } from '../../src/outgoing-events/event-retention.js';
import { BackfillService } from '../../src/reconciliation/backfill.service.js';
import { Caller } from '../support/caller.js';
import { cli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

interface Event {
  id: string;
  type: string;
  payer: string;
  sequence: number;
  object_type: string;
  object_id: number | null;
  stripe_id: string | null;
  data: { object: Record<string, unknown>; previous: Record<string, unknown> | null };
}

let app: TestApp;
let key: string;
beforeAll(async () => {
  app = await createTestApp();
  const { json } = await cli(['keys', 'create', '--name', 'host', '--scope', 'read'], app.config);
  key = String(json.key);
});
afterAll(() => app.close());

const CARD = { tier: 'starter', payment_method_id: 'pm_card_visa' };
const numbered = async () => {
  await app.settle();
  await eventually(async () => {
    const waiting = await app.dataSource.query<unknown[]>('select from outgoing_events where position is null');
    expect(waiting).toHaveLength(0);
  });
};
const eventsOf = async (caller: Caller, query = '?limit=100') => {
  await numbered();
  return (await caller.get(`/events${query}`).expect(200)).body as Event[];
};
const everybodys = async (query = '?limit=100', onBehalfOf?: string) => {
  const request = app.http.get(`/events${query}`).set('Authorization', `Bearer ${key}`);
  return (await (onBehalfOf === undefined ? request : request.set('On-Behalf-Of', onBehalfOf)).expect(200))
    .body as Event[];
};

describe('outgoing events', () => {
  it('tell each change of a payer once, in order, with the object as it was then', async () => {
    const user = await Caller.of(app, 'ada|1');
    const bought = await user.post('/subscription', CARD).expect(201);
    const path = `/subscription/${String(bought.body.id)}`;
    await user.patch(path, { tier: 'professional' }).expect(200);
    await user.post(`${path}/cancel`).expect(200);
    await user.post(`${path}/cancel`, { cancel_at_period_end: false }).expect(200);
    const events = await eventsOf(user);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    const subscription = events.filter(({ object_type: type }) => type === 'subscription');
    expect(subscription.map(({ type, data }) => [type, data.object.tier])).toEqual([
      ['subscription.created', 'starter'],
      ['entitlements.changed', 'starter'],
      ['subscription.updated', 'professional'],
      ['entitlements.changed', 'professional'],
      ['subscription.updated', 'professional'],
      ['entitlements.changed', 'professional'],
      ['subscription.canceled', 'professional'],
      ['entitlements.changed', 'professional'],
    ]);
    expect(subscription[2]).toMatchObject({
      payer: 'user:ada|1',
      object_id: bought.body.id,
      stripe_id: expect.stringMatching(/^sub_/),
      data: { previous: { tier: 'starter' } },
    });
    const paid = events.filter(({ type }) => type === 'invoice.paid');
    expect(paid.map(({ data }) => data.object.status)).toEqual(['paid', 'paid']);
    expect(events[0]).toMatchObject({ type: 'customer.linked', data: { previous: null } });
  });

  it('tell nothing of what says the same again', async () => {
    const user = await Caller.create(app);
    await user.post('/subscription', CARD).expect(201);
    const before = await eventsOf(user);
    const [row] = await app.dataSource.query<[{ id: string }]>(
      `select stripe_subscription_id as id from subscriptions order by subscriptions.id desc limit 1`,
    );
    await app.stripe.subscriptions.update(row.id, { description: 'no column of ours' });
    await app.app.get(BackfillService).run();
    expect(await eventsOf(user)).toEqual(before);
  });

  it('tell of a refused purchase no subscription that gives anything', async () => {
    const user = await Caller.create(app);
    await user.post('/subscription', { ...CARD, payment_method_id: 'pm_card_chargeCustomerFail' }).expect(402);
    const types = (await eventsOf(user)).map(({ type }) => type);
    expect(types).not.toContain('invoice.paid');
  });

  it('tell of a refund, a dispute, another name and a deleted customer', async () => {
    const user = await Caller.create(app);
    await user.post('/subscription', CARD).expect(201);
    await app.settle();
    const [payment] = await app.dataSource.query<[{ id: string }]>(
      `select stripe_payment_intent_id as id from payments order by payments.id desc limit 1`,
    );
    await app.stripe.refunds.create({ payment_intent: payment.id, amount: 100 });
    await user.patch('/customer', { name: 'Ada' }).expect(200);
    await app.settle();
    await app.stripe.customers.del(await user.stripeCustomerId());
    const told = (await eventsOf(user)).filter(({ object_type: type }) => type === 'payment' || type === 'customer');
    expect(told.map(({ type }) => type)).toEqual([
      'customer.linked',
      ...(told.some(({ data }) => data.previous !== null && 'email' in data.previous) ? ['customer.updated'] : []),
      'payment.refunded',
      'customer.updated',
      'customer.closed',
    ]);
    expect(told.find(({ type }) => type === 'payment.refunded')?.data).toMatchObject({
      object: { amount_refunded: 1 },
      previous: { amount_refunded: 0 },
    });
  });

  it('are read by a service key for everybody or for one payer, by a payer for itself alone', async () => {
    await numbered();
    const all = await everybodys();
    expect(new Set(all.map(({ payer }) => payer)).size).toBeGreaterThan(2);
    const own = await eventsOf(await Caller.of(app, 'ada|1'));
    expect(await everybodys('?limit=100', 'user:ada%7C1')).toEqual(own);
    expect(new Set(own.map(({ payer }) => payer))).toEqual(new Set(['user:ada|1']));
    expect(await eventsOf(await Caller.of(app, 'stranger'))).toEqual([]);
    for (const query of ['?after=-1', '?after=x', '?limit=0', '?limit=101', '?x=1'])
      await (await Caller.of(app, 'ada|1')).get(`/events${query}`).expect(400);
  });

  it('tell nothing of what an account held when it was taken in', async () => {
    const user = await Caller.of(app, 'old');
    await user.post('/subscription', CARD).expect(201);
    const before = await eventsOf(user);
    const own = `customer_id = (select c.id from customers c join users u on u.id = c.user_id where external_id = 'old')`;
    for (const table of ['payments', 'invoices']) await app.dataSource.query(`delete from ${table} where ${own}`);
    await app.app.get(BackfillService).run();
    expect(await app.dataSource.query<unknown[]>(`select from invoices where ${own}`)).toHaveLength(1);
    expect(await eventsOf(user)).toEqual(before);
  });

  it('tell of the end of a trial and of the next invoice before they come, once for each of Stripe’s events', async () => {
    const user = await Caller.of(app, 'trying');
    await user.post('/subscription', { ...CARD, trial_days: 10 }).expect(201);
    await app.settle();
    await app.control('advance', { seconds: 8 * 86_400 });
    const told = (await eventsOf(user)).map(({ type }) => type);
    expect(told.filter((type) => type === 'subscription.trial_ending')).toHaveLength(1);
    await app.control('advance', { seconds: 28 * 86_400 });
    const events = await eventsOf(user);
    const upcoming = events.filter(({ type }) => type === 'invoice.upcoming');
    expect(upcoming.length).toBeGreaterThan(0);
    expect(upcoming[0]).toMatchObject({
      object_type: 'invoice',
      object_id: null,
      data: { object: { currency: 'usd', amount_due: 29, stripe_subscription_id: expect.stringMatching(/^sub_/) } },
    });
    const ids = await app.dataSource.query<{ id: string }[]>(
      `select event_id as id from webhook_events where type in ('invoice.upcoming', 'customer.subscription.trial_will_end')`,
    );
    const admin = await Caller.of(app, 'root', { role: 'admin' });
    for (const { id } of ids) {
      const [row] = await app.dataSource.query<[{ id: number }]>('select id from webhook_events where event_id = $1', [
        id,
      ]);
      await admin.post(`/webhook-events/${row.id}/replay`);
    }
    expect(await eventsOf(user)).toEqual(events);
  });

  it('tell what may be used is another by an operator’s word', async () => {
    const user = await Caller.of(app, 'gifted');
    await user.get('/customer').expect(200);
    const payer = { kind: 'user' as const, id: Number(await user.userId()) };
    const [feature] = app.app.get(PlansService).catalogue.features.values();
    if (feature === undefined) throw new Error('The catalogue has no feature');
    const overrides = app.app.get(FeatureOverridesService);
    await overrides.set(payer, feature.key, { value: feature.type === 'flag' ? true : 5 });
    await overrides.remove(payer, feature.key);
    expect(await eventsOf(user)).toMatchObject(
      [1, 2].map((sequence) => ({
        sequence,
        type: 'entitlements.changed',
        data: { object: { feature: feature.key } },
      })),
    );
  });
});

describe('the numbers of events', () => {
  it('skip nothing for a reader that asks for what is after, under parallel writers that commit late', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => Caller.create(app)));
    await Promise.all(users.map((user) => user.get('/customer').expect(200)));
    const [first] = await app.dataSource.query<[{ last: string }]>(
      'select coalesce(max(position), 0)::text as last from outgoing_events',
    );
    const ids = await Promise.all(users.map((user) => user.userId()));
    const write = async (id: string, count: number) => {
      for (let one = 0; one < count; one++)
        await app.dataSource.transaction(async (manager) => {
          await manager.query(
            `insert into outgoing_events (type, user_id, object_type, data) values ('customer.updated', $1, 'customer', $2)`,
            [id, { object: { one }, previous: null }],
          );
          await manager.query('select pg_sleep(random() * 0.03)');
        });
    };
    const seen: Event[] = [];
    let done = false;
    const read = async () => {
      for (let after = first.last; ;) {
        const wasDone = done;
        const page = await everybodys(`?limit=7&after=${after}`);
        seen.push(...page);
        after = page.at(-1)?.id ?? after;
        if (wasDone && page.length === 0) return;
      }
    };
    const reading = read();
    await Promise.all(ids.map((id) => write(id, 25)));
    await numbered();
    done = true;
    await reading;
    expect(seen).toHaveLength(200);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(200);
    for (const payer of new Set(seen.map((event) => event.payer))) {
      const own = seen.filter((event) => event.payer === payer);
      expect(own.map(({ data }) => data.object.one)).toEqual(Array.from({ length: 25 }, (_, one) => one));
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => (own[0]?.sequence ?? 0) + index));
    }
  }, 60_000);

  it('go on where they were, after the old events were removed', async () => {
    const user = await Caller.of(app, 'keeper');
    await user.post('/subscription', CARD).expect(201);
    const before = await eventsOf(user);
    await app.dataSource.query(`update outgoing_events set created_at = now() - interval '91 days'`);
    expect(await app.app.get(EventRetention).trimAll()).toBeGreaterThan(0);
    const [kept, ...others] = await eventsOf(user);
    expect([kept?.sequence, others]).toEqual([before.length, []]);
    await user.patch('/customer', { name: 'Ada' }).expect(200);
    const [, next] = await eventsOf(user);
    expect(next?.sequence).toBe(before.length + 1);
    expect(Number(next?.id)).toBeGreaterThan(Number(kept?.id));
  });
});
