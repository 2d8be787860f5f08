import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { InboxRetention } from '../../src/webhooks/inbox-retention.js';
import { eventually } from '../support/child-programs.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, startApp, type TestApp } from '../support/test-app.js';
import {
  customerRow,
  deliver,
  eventOf,
  inboxRow,
  makeDue,
  newCustomer,
  newUser,
  reaches,
} from '../support/webhook-deliveries.js';

const now = () => Math.floor(Date.now() / 1000);

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    enabledEvents: ['balance.available'],
    environment: { WEBHOOK_COALESCE_SECONDS: '1', WEBHOOK_MAX_ATTEMPTS: '3' },
  });
});
afterAll(() => app.close());

/** Runs `work` while nobody can write the row of a customer. */
async function whileLocked(stripeCustomerId: string, work: () => Promise<void>): Promise<void> {
  const blocker = app.dataSource.createQueryRunner();
  await blocker.startTransaction();
  try {
    await blocker.query('select id from customers where stripe_customer_id = $1 for update', [stripeCustomerId]);
    await work();
  } finally {
    await blocker.rollbackTransaction();
    await blocker.release();
  }
}

describe('a lease', () => {
  let second: NestExpressApplication;
  beforeAll(async () => {
    second = await startApp(app.config);
  });
  afterAll(() => second.close());

  it('that ran out lets another worker take the event over, and the slow one writes nothing', async () => {
    const customer = await newCustomer(app, 'takeover');
    const { version } = (await customerRow(app, customer.id)) as { version: number };
    const event = eventOf('customer.updated', { ...customer, name: 'Once' }, { created: now() + 10 });
    await whileLocked(customer.id, async () => {
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'processing');
      await app.dataSource.query(
        `update webhook_events set leased_until = now() - interval '1 second', next_attempt_at = now() where event_id = $1`,
        [event.id],
      );
      await eventually(async () => (await inboxRow(app, event.id))?.attempts === 2);
    });
    const row = await reaches(app, event.id, 'done');
    expect(row.attempts).toBe(2);
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Once', version: version + 1 });
  });

  /** An event that a worker took two minutes ago, or less. */
  async function claimed(sub: string, seconds: number, owner: string | null) {
    const customer = await newCustomer(app, sub);
    const event = eventOf('customer.updated', { ...customer, name: 'Survivor' }, { created: now() + 10 });
    await app.dataSource.query(
      `insert into webhook_events
         (event_id, type, object_id, stripe_created, payload, state, attempts, leased_until, next_attempt_at, leased_by)
       select $1, $2, $3, $4, $5, 'processing', 1, until, until, $7
       from (select now() + $6 * interval '1 second' as until) lease`,
      [event.id, event.type, customer.id, event.created, Buffer.from(JSON.stringify(event)), seconds, owner],
    );
    return { customer, event };
  }

  it('of a worker that is stuck is taken over when it ends', async () => {
    const { customer, event } = await claimed('stuck', 0.3, null);
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Survivor' });
  });

  it('of a process that is gone is taken over at once, of one that lives or is not known when it ends', async () => {
    const [dead, alive] = [randomUUID(), randomUUID()];
    await app.dataSource.query(`insert into service_processes values ($1, now() + interval '1 minute')`, [alive]);
    const held = await Promise.all([claimed('unknown', 120, null), claimed('alive', 120, alive)]);
    const { customer, event } = await claimed('gone', 120, dead);
    await app.dataSource.query(`insert into service_processes values ($1, now() - interval '4 seconds')`, [dead]);
    expect(await reaches(app, event.id, 'done')).toMatchObject({ attempts: 2, leased_by: null });
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Survivor' });
    for (const other of held)
      expect(await inboxRow(app, other.event.id)).toMatchObject({ state: 'processing', attempts: 1 });
  });

  it('names its process while the event is handled', async () => {
    const customer = await newCustomer(app, 'named');
    const event = eventOf('customer.updated', { ...customer, name: 'Once' }, { created: now() + 10 });
    await whileLocked(customer.id, async () => {
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'processing');
      const owners = await app.dataSource.query<unknown[]>(
        `select from webhook_events join service_processes p on p.id = leased_by where event_id = $1`,
        [event.id],
      );
      expect(owners).toHaveLength(1);
    });
    await reaches(app, event.id, 'done');
  });

  it('is held by one worker of several: a hundred events on two instances are each handled once', async () => {
    const customer = await newCustomer(app, 'shared');
    const events = Array.from({ length: 100 }, (_, index) =>
      eventOf('customer.updated', { ...customer, name: `N${index}` }, { created: now() + 10 * (index + 1) }),
    );
    await Promise.all(events.map((event) => deliver(app, event).expect(200)));
    await eventually(async () => {
      const [{ open }] = await app.dataSource.query<[{ open: number }]>(
        `select count(*)::int as open from webhook_events where object_id = $1 and state <> 'done'`,
        [customer.id],
      );
      return open === 0;
    });
    const [{ repeated }] = await app.dataSource.query<[{ repeated: number }]>(
      `select count(*)::int as repeated from webhook_events where object_id = $1 and attempts <> 1`,
      [customer.id],
    );
    expect(repeated).toBe(0);
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'N99' });
  });
});

describe('an event that fails', () => {
  const broken = async (sub: string) => {
    const customer = await newCustomer(app, sub);
    return eventOf('customer.updated', { ...customer, invoice_settings: undefined }, { created: now() + 10 });
  };

  it('is tried again later, with a pause that grows', async () => {
    const event = await broken('back-off');
    await deliver(app, event).expect(200);
    const pauses: number[] = [];
    for (const attempts of [1, 2]) {
      await eventually(async () => {
        const row = await inboxRow(app, event.id);
        return row?.state === 'received' && row.attempts === attempts;
      });
      const [{ seconds }] = await app.dataSource.query<[{ seconds: number }]>(
        'select extract(epoch from next_attempt_at - now())::float as seconds from webhook_events where event_id = $1',
        [event.id],
      );
      pauses.push(seconds);
      await makeDue(app);
    }
    const [first = 0, second = 0] = pauses;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(2);
    expect(second).toBeGreaterThan(2);
    expect(second).toBeLessThanOrEqual(6);
  });

  it('is a dead letter after WEBHOOK_MAX_ATTEMPTS, with its last error and where it happened', async () => {
    const event = await broken('dead');
    await deliver(app, event).expect(200);
    await eventually(async () => {
      await makeDue(app);
      return (await inboxRow(app, event.id))?.state === 'failed';
    });
    const row = await inboxRow(app, event.id);
    expect(row).toMatchObject({ state: 'failed', reason: 'attempts_exhausted', attempts: 3 });
    expect(row?.last_error).toMatch(/^TypeError: .*\n\s+at toCustomerColumns/);
    await makeDue(app);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await inboxRow(app, event.id))?.attempts).toBe(3);
  });

  it('does not hold up the others of its object', async () => {
    const event = await broken('holds-not');
    const customerId = event.data.object as { id: string };
    const customer = await app.stripe.customers.retrieve(customerId.id);
    const good = eventOf('customer.updated', { ...customer, name: 'Good' }, { created: now() + 5 });
    await Promise.all([deliver(app, event).expect(200), deliver(app, good).expect(200)]);
    await reaches(app, good.id, 'done');
    expect(await customerRow(app, customerId.id)).toMatchObject({ name: 'Good' });
  });
});

describe('events of one object in the same second', () => {
  it('wait for each other and are settled by one look at Stripe', async () => {
    const customer = await newCustomer(app, 'burst');
    const stamp = now();
    const last = await app.stripe.customers.update(customer.id, { name: 'Last' });
    const events = ['A', 'B', 'C', 'D'].map((name) =>
      eventOf('customer.updated', { ...last, name }, { created: stamp }),
    );
    for (const event of events) await deliver(app, event).expect(200);
    const [first] = events;
    // While a worker looks at it, and puts it back, it is in processing.
    expect(['received', 'processing']).toContain((await inboxRow(app, first?.id ?? ''))?.state);
    for (const event of events) await reaches(app, event.id, 'done');
    const [{ looks, attempts }] = await app.dataSource.query<[{ looks: number; attempts: number }]>(
      `select count(distinct processed_at)::int as looks, max(attempts) as attempts
       from webhook_events where event_id = any($1)`,
      [events.map(({ id }) => id)],
    );
    expect(looks).toBe(1);
    expect(attempts).toBe(1);
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Last' });
  });

  it('do not wait longer where the clock of Stripe is ahead', async () => {
    const customer = await newCustomer(app, 'ahead');
    const future = { created: now() + 86_400 };
    const event = eventOf('customer.updated', { ...customer, name: 'First' }, future);
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    const other = eventOf('customer.updated', { ...customer, name: 'Second' }, future);
    await deliver(app, other).expect(200);
    await reaches(app, other.id, 'done');
  });
});

it('events that wait, one after the other, are each taken up when they are due, without the polling', async () => {
  const patient = await createTestApp({
    enabledEvents: ['balance.available'],
    environment: { WEBHOOK_COALESCE_SECONDS: '0.1', WEBHOOK_POLL_SECONDS: '600' },
  });
  try {
    const customers = [await newCustomer(patient, 'earlier'), await newCustomer(patient, 'later')];
    const created = now() + 1;
    const events = customers.map((customer) =>
      eventOf('customer.updated', { ...customer, name: 'Otherwise' }, { created }),
    );
    for (const event of events) {
      await deliver(patient, event).expect(200);
      await reaches(patient, event.id, 'received');
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    for (const event of events) await reaches(patient, event.id, 'done');
  } finally {
    await patient.close();
  }
});

it('an event about a customer of nobody is taken up again when the link appears', async () => {
  await newUser(app, 'late-link');
  const customer = await app.stripe.customers.create({ email: 'late-link@example.com' });
  const event = eventOf('customer.updated', { ...customer, name: 'Stray' });
  await deliver(app, event).expect(200);
  expect(await reaches(app, event.id, 'ignored')).toMatchObject({
    reason: 'unlinked_customer',
    stripe_customer_id: customer.id,
  });
  const linked = await app.stripe.customers.update(customer.id, { metadata: await metadataOf(app, 'late-link') });
  const link = eventOf('customer.updated', linked, { created: now() + 10 });
  await deliver(app, link).expect(200);
  await reaches(app, link.id, 'done');
  expect(await reaches(app, event.id, 'done')).toMatchObject({ reason: null });
});

describe('the retention', () => {
  const DAYS_90 = `interval '90 days'`;
  const insert = (prefix: string, state: string, age: string, count: number) =>
    app.dataSource.query(
      `insert into webhook_events (event_id, type, payload, state, received_at, next_attempt_at)
       select $1 || n, 'balance.available', '', $2::webhookeventstate, now() - (${age}), now() + interval '1 hour'
       from generate_series(1, $3) n`,
      [prefix, state, count],
    );
  const count = async (prefix: string) => {
    const [{ left }] = await app.dataSource.query<[{ left: number }]>(
      `select count(*)::int as left from webhook_events where event_id like $1 || '%'`,
      [prefix],
    );
    return left;
  };

  it('removes settled events after 90 days, in batches, and nothing else', async () => {
    await insert('old_done_', 'done', `${DAYS_90} + interval '1 minute'`, 2_500);
    await insert('old_ignored_', 'ignored', `${DAYS_90} + interval '1 minute'`, 1);
    await insert('old_failed_', 'failed', `${DAYS_90} + interval '1 minute'`, 1);
    await insert('old_waiting_', 'received', `${DAYS_90} + interval '1 minute'`, 1);
    await insert('young_done_', 'done', `${DAYS_90} - interval '1 hour'`, 1);
    expect(await app.app.get(InboxRetention).trimAll()).toBe(2_502);
    expect(await count('old_')).toBe(1);
    expect(await count('old_waiting_')).toBe(1);
    expect(await count('young_done_')).toBe(1);
  });
});
