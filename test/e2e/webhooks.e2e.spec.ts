import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LoggerService } from '@nestjs/common';
import { eventually } from '../support/child-programs.js';
import { metadataOf } from '../support/payers.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import {
  customerRow,
  deliver,
  eventOf,
  inboxCount,
  inboxRow,
  newCustomer,
  newUser,
  reaches,
  signed,
  thinEventOf,
} from '../support/webhook-deliveries.js';

const MEBIBYTE = 1024 * 1024;
const now = () => Math.floor(Date.now() / 1000);

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    enabledEvents: ['balance.available'],
    environment: { RATE_LIMIT_READS_PER_USER: '100000' },
  });
});
afterAll(() => app.close());

describe('POST /webhook', () => {
  it('L1: answers 200 to a signed delivery of every kind', async () => {
    for (const type of ['customer.created', 'invoice.upcoming', 'something.new']) {
      const response = await deliver(app, eventOf(type, { id: 'obj_1' })).expect(200);
      expect(response.body).toEqual({ status: 'success' });
    }
  });

  describe('L2: a delivery that Stripe did not sign gets 400 and leaves nothing', () => {
    const body = JSON.stringify(eventOf('customer.updated', { id: 'cus_forged', object: 'customer' }));
    const post = (header?: string) => {
      const request = app.http.post('/webhook').set('Content-Type', 'application/json');
      return (header === undefined ? request : request.set('Stripe-Signature', header)).send(body);
    };
    it.each<[string, () => string | undefined]>([
      ['no signature', () => undefined],
      ['an empty signature', () => ''],
      ['nonsense', () => 'nonsense'],
      ['another secret', () => signed(app, body, { secret: 'whsec_of_somebody_else' })],
      ['a stale stamp', () => signed(app, body, { timestamp: now() - 301 })],
      ['a stamp from the future', () => signed(app, body, { timestamp: now() + 400 })],
      ['the signature of other bytes', () => signed(app, `${body} `)],
    ])('%s', async (_name, header) => {
      const before = await inboxCount(app);
      const response = await post(header())
        .expect(400)
        .expect('Content-Type', /application\/problem\+json/);
      expect(response.body).toMatchObject({ status: 400, code: 'invalid_signature', detail: 'Invalid signature' });
      expect(await inboxCount(app)).toBe(before);
    });

    it('an empty body', async () => {
      const before = await inboxCount(app);
      await app.http.post('/webhook').expect(400);
      expect(await inboxCount(app)).toBe(before);
    });
  });

  it.each([
    ['no JSON', '{"id": "evt_1", '],
    ['no object', '"evt_1"'],
    ['no type', JSON.stringify({ id: 'evt_without_type', object: 'event', data: { object: {} } })],
    ['no id', JSON.stringify({ object: 'event', type: 'customer.created', data: { object: {} } })],
    ['no data', JSON.stringify({ id: 'evt_without_data', object: 'event', type: 'customer.created' })],
    ['an id with NUL', JSON.stringify(eventOf('customer.created', {}, { id: 'evt_\0' }))],
    ['an endless id', JSON.stringify(eventOf('customer.created', {}, { id: `evt_${'x'.repeat(300)}` }))],
    ['nothing', ''],
  ])('L2: keeps a signed delivery that is no event as failed: %s', async (_name, body) => {
    const before = await inboxCount(app);
    const response = await deliver(app, body).expect(200);
    expect(response.body).toEqual({ status: 'success' });
    const [row] = await app.dataSource.query<Record<string, unknown>[]>(
      'select event_id, state, reason, payload from webhook_events order by id desc limit 1',
    );
    expect(row).toMatchObject({ state: 'failed', reason: 'unparsable' });
    expect(row?.event_id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(String(row?.payload)).toBe(body);
    await deliver(app, body).expect(200);
    expect(await inboxCount(app)).toBe(before + 1);
  });

  it('L3: an event changes the tables', async () => {
    const customer = await newCustomer(app, 'l3');
    const changed = await app.stripe.customers.update(customer.id, { name: 'Grace Hopper', phone: '+1 555 0100' });
    const event = eventOf('customer.updated', changed, { created: now() + 10 });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Grace Hopper', phone: '+1 555 0100' });
  });

  it('L4: an event that comes many times at once is stored and handled once', async () => {
    const customer = await newCustomer(app, 'l4');
    const before = await inboxCount(app);
    const event = eventOf('customer.updated', { ...customer, name: 'Once' }, { created: now() + 10 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => deliver(app, event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const row = await reaches(app, event.id, 'done');
    expect(row.attempts).toBe(1);
    const version = (await customerRow(app, customer.id))?.version;
    await deliver(app, event).expect(200);
    expect(await inboxCount(app)).toBe(before + 1);
    expect(await inboxRow(app, event.id)).toMatchObject({ state: 'done', attempts: 1 });
    expect((await customerRow(app, customer.id))?.version).toBe(version);
  });

  it('L5: an older update that comes after a deletion does not bring the customer back', async () => {
    const customer = await newCustomer(app, 'l5');
    await app.stripe.customers.del(customer.id);
    const deleted = eventOf('customer.deleted', customer);
    await deliver(app, deleted).expect(200);
    await reaches(app, deleted.id, 'done');
    const late = eventOf('customer.updated', { ...customer, name: 'Lazarus' });
    await deliver(app, late).expect(200);
    await reaches(app, late.id, 'done');
    const row = await customerRow(app, customer.id);
    expect(row?.deleted_at).not.toBeNull();
    expect(row?.name).not.toBe('Lazarus');
  });

  it('L5: updates in reverse order end as Stripe says', async () => {
    const customer = await newCustomer(app, 'reverse');
    const events = [];
    for (const name of ['First', 'Second', 'Third'])
      events.push(eventOf('customer.updated', await app.stripe.customers.update(customer.id, { name })));
    for (const event of events.reverse()) {
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'done');
    }
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Third' });
  });

  it('L6: an event may come before, during and after the request that makes its object', async () => {
    const authorization = await app.bearer('l6');
    await newUser(app, 'l6');
    const patches = ['A', 'B', 'C'].map((name) =>
      app.http.patch('/customer').set('Authorization', authorization).send({ name }),
    );
    const deliveries = (async () => {
      for (let round = 0; round < 5; round++)
        for (const customer of (await app.stripe.customers.list({ email: 'l6@example.com' })).data)
          await deliver(app, eventOf('customer.created', customer)).expect(200);
    })();
    const answers = await Promise.all(patches);
    await deliveries;
    await app.settle();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { data } = await app.stripe.customers.list({ email: 'l6@example.com' });
    expect(data).toHaveLength(1);
    expect(await customerRow(app, String(data[0]?.id))).toMatchObject({ name: data[0]?.name });
  });

  it('L7: an event about a customer of nobody is kept, and handled once the customer is ours', async () => {
    const stranger = await app.stripe.customers.create({ email: 'stranger@example.com' });
    const event = eventOf('customer.updated', stranger);
    await deliver(app, event).expect(200);
    expect(await reaches(app, event.id, 'ignored')).toMatchObject({
      reason: 'unlinked_customer',
      stripe_customer_id: stranger.id,
    });
    const userId = await newUser(app, 'l7');
    await app.stripe.customers.update(stranger.id, { metadata: await metadataOf(app, 'l7'), name: 'No stranger' });
    const link = eventOf('customer.updated', await app.stripe.customers.retrieve(stranger.id));
    await deliver(app, link).expect(200);
    await reaches(app, link.id, 'done');
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, stranger.id)).toMatchObject({ user_id: userId, name: 'No stranger' });
  });

  it('L7: a second Stripe customer of a user is ignored', async () => {
    const customer = await newCustomer(app, 'l7-second');
    const second = await app.stripe.customers.create({ email: 'l7@example.com', metadata: customer.metadata });
    const event = eventOf('customer.created', second);
    await deliver(app, event).expect(200);
    expect(await reaches(app, event.id, 'ignored')).toMatchObject({ reason: 'foreign_customer' });
  });

  it.each([
    ['a type of the future', eventOf('customer.teleported', { id: 'cus_1' }), 'unknown_type'],
    ['a name of an object of JavaScript', eventOf('constructor', { id: 'cus_1' }), 'unknown_type'],
    ['a connected account', eventOf('customer.created', { id: 'cus_1' }, { account: 'acct_1' }), 'connected_account'],
    ['a thin event of no object', thinEventOf('v1.billing.meter.no_meter_found', null), 'unknown_type'],
  ])('L7: keeps as ignored %s', async (_name, event, reason) => {
    await deliver(app, event).expect(200);
    expect(await inboxRow(app, event.id)).toMatchObject({ state: 'ignored', reason });
  });

  it('L7: keeps as ignored a preview of an invoice of nobody here', async () => {
    const event = eventOf('invoice.upcoming', { customer: 'cus_of_nobody' });
    await deliver(app, event).expect(200);
    expect(await reaches(app, event.id, 'ignored')).toMatchObject({ reason: 'unlinked_customer' });
  });

  it('L8: checks the bytes as they were sent, needs no token and takes any content type', async () => {
    const event = eventOf('balance.available', { object: 'balance', note: 'ÅÄÖ \u2028 "\\u0041"' });
    const body = `\n\t ${JSON.stringify(event, null, 3)}  \r\n`;
    await deliver(app, body, { headers: { 'Content-Type': 'text/plain' } }).expect(200);
    expect((await inboxRow(app, event.id))?.payload.toString()).toBe(body);
  });

  it('L8: takes a body of 1 MiB and refuses a larger one with 413', async () => {
    const bodyOf = (bytes: number) => {
      const body = JSON.stringify(eventOf('balance.available', { filling: '' }));
      return body.replace('"filling":""', `"filling":"${'x'.repeat(bytes - body.length)}"`);
    };
    await deliver(app, bodyOf(MEBIBYTE)).expect(200);
    const before = await inboxCount(app);
    const response = await deliver(app, bodyOf(MEBIBYTE + 1)).expect(413);
    expect(response.body).toMatchObject({ code: 'payload_too_large' });
    expect(await inboxCount(app)).toBe(before);
  });

  it('L9: keeps an event of live mode as failed when the key is a test key', async () => {
    const event = eventOf('customer.updated', { id: 'cus_live', object: 'customer' }, { livemode: true });
    await deliver(app, event).expect(200);
    expect(await inboxRow(app, event.id)).toMatchObject({ state: 'failed', reason: 'livemode_mismatch' });
  });

  it('L10: answers before the event is handled', async () => {
    const customer = await newCustomer(app, 'l10');
    const blocker = app.dataSource.createQueryRunner();
    await blocker.startTransaction();
    const event = eventOf('customer.updated', { ...customer, name: 'Later' }, { created: now() + 10 });
    try {
      await blocker.query('select id from customers where stripe_customer_id = $1 for update', [customer.id]);
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'processing');
    } finally {
      await blocker.rollbackTransaction();
      await blocker.release();
    }
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Later' });
  });

  it('L11: an event of another API version makes the object be read again', async () => {
    const customer = await newCustomer(app, 'l11');
    await app.stripe.customers.update(customer.id, { name: 'As it is now' });
    const old = { id: customer.id, object: 'customer', name: 'Of another shape' };
    const event = eventOf('customer.updated', old, { api_version: '2020-08-27', created: now() + 100 });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'As it is now', email: 'l11@example.com' });
  });

  it.each(['v1.customer.updated', 'v1.customer.tax_status_changed'])(
    'L11: a thin event makes the object be read again: %s',
    async (type) => {
      const customer = await newCustomer(app, type.replaceAll('.', '-'));
      await app.stripe.customers.update(customer.id, { name: 'Thin' });
      const event = thinEventOf(type, { id: customer.id, type: 'customer', url: `/v1/customers/${customer.id}` });
      await deliver(app, event).expect(200);
      await reaches(app, event.id, 'done');
      expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Thin' });
    },
  );

  it('L12: answers a duplicate as it answered the first', async () => {
    const event = eventOf('customer.something', { id: 'cus_1' });
    const answers = [await deliver(app, event), await deliver(app, event)];
    expect(answers.map(({ status, text }) => ({ status, text }))).toEqual(
      Array(2).fill({ status: 200, text: '{"status":"success"}' }),
    );
  });

  it('L13: logs the id and the type of an event, and nothing of its content', async () => {
    const lines: string[] = [];
    const write = (...entry: unknown[]) => void lines.push(JSON.stringify(entry));
    const logger: LoggerService = { log: write, error: write, warn: write, debug: write, verbose: write };
    app.app.useLogger(logger);
    const customer = await newCustomer(app, 'l13');
    const broken = eventOf('customer.updated', { ...customer, invoice_settings: undefined }, { created: now() + 10 });
    await deliver(app, broken).expect(200);
    await eventually(async () => (await inboxRow(app, broken.id))?.last_error?.startsWith('TypeError') === true);
    const text = [...lines, (await inboxRow(app, broken.id))?.last_error].join('\n');
    expect(text).toContain(broken.id);
    expect(text).toContain('customer.updated');
    expect(text).not.toContain('l13@example.com');
  });

  it('L14: is documented with its header and its answers', async () => {
    const { body: document } = await app.root.get('/docs-json').expect(200);
    const { post } = document.paths['/api/v1/billing/webhook'];
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['200', '400', '413']));
    expect(post.parameters).toContainEqual(expect.objectContaining({ name: 'Stripe-Signature', in: 'header' }));
    expect(post.security).toBeUndefined();
  });
});
