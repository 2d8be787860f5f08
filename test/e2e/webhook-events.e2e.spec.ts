import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { customerRow, deliver, eventOf, newCustomer, reaches } from '../support/webhook-deliveries.js';

const now = () => Math.floor(Date.now() / 1000);

let app: TestApp;
let admin: string;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['balance.available'], environment: { WEBHOOK_MAX_ATTEMPTS: '1' } });
  admin = await app.bearer('operator', { role: 'admin' });
}, 60_000);
afterAll(() => app.close());

const get = (path: string) => app.http.get(`/webhook-events${path}`).set('Authorization', admin);
const post = (path: string) => app.http.post(`/webhook-events${path}`).set('Authorization', admin);

/** An event that fails, and would go well once `mend` was called. */
async function failed(sub: string) {
  const customer = await newCustomer(app, sub);
  const event = eventOf('customer.updated', { ...customer, invoice_settings: undefined }, { created: now() + 10 });
  await deliver(app, event).expect(200);
  await reaches(app, event.id, 'failed');
  const mend = () =>
    app.dataSource.query('update webhook_events set payload = $2 where event_id = $1', [
      event.id,
      Buffer.from(JSON.stringify({ ...event, data: { object: { ...customer, name: 'Mended' } } })),
    ]);
  return { event, customer, mend };
}

it.each([
  ['GET', ''],
  ['GET', '/evt_1'],
  ['POST', '/replay'],
  ['POST', '/evt_1/replay'],
])('%s /webhook-events%s is for administrators alone', async (method, path) => {
  const call = () =>
    method === 'GET' ? app.http.get(`/webhook-events${path}`) : app.http.post(`/webhook-events${path}`);
  await call().expect(401);
  const answer = await call()
    .set('Authorization', await app.bearer('somebody'))
    .expect(403);
  expect(answer.body).toMatchObject({ code: 'role_required' });
});

describe('GET /webhook-events', () => {
  it('lists by state and type, newest first, page by page', async () => {
    for (let index = 0; index < 3; index++) await deliver(app, eventOf('customer.listed', { id: `cus_l${index}` }));
    const first = await get('?state=ignored&type=customer.listed&limit=2').expect(200);
    expect(first.body).toMatchObject([
      { type: 'customer.listed', state: 'ignored', reason: 'unknown_type', object_id: 'cus_l2' },
      { object_id: 'cus_l1' },
    ]);
    expect(first.body[0]).not.toHaveProperty('payload');
    expect(first.headers['x-has-more']).toBe('true');
    const address = /<\/api\/v1\/billing\/webhook-events(.*)>; rel="next"/.exec(first.headers.link ?? '')?.[1];
    const second = await get(address ?? '').expect(200);
    expect(second.body).toMatchObject([{ object_id: 'cus_l0' }]);
    expect(second.headers['x-has-more']).toBe('false');
  });

  it.each(['state=gone', 'limit=0', 'limit=101', 'type=No%20type', 'colour=red', 'starting_after=%00'])(
    'refuses %s with 400',
    async (query) => {
      expect((await get(`?${query}`).expect(400)).body).toMatchObject({ code: 'validation_failed' });
    },
  );
});

describe('GET /webhook-events/:id', () => {
  it('shows the content and the last error', async () => {
    const { event, customer } = await failed('shown');
    const { body } = await get(`/${event.id}`).expect(200);
    expect(body).toMatchObject({
      event_id: event.id,
      state: 'failed',
      reason: 'attempts_exhausted',
      attempts: 1,
      next_attempt_at: null,
      stripe_customer_id: customer.id,
      last_error: expect.stringMatching(/^TypeError: .*\n\s+at /),
      payload: { id: event.id, data: { object: { id: customer.id } } },
    });
  });

  it('shows what was no event as it is', async () => {
    await deliver(app, '{"half": ').expect(200);
    const [row] = (await get('?state=failed&limit=1').expect(200)).body;
    const { body } = await get(`/${row.event_id}`).expect(200);
    expect(body).toMatchObject({ type: null, reason: 'unparsable', payload: '{"half": ' });
  });

  it.each(['/evt_unknown', '/%00', `/${'x'.repeat(300)}`])('answers 404 for %s', async (path) => {
    const { body } = await get(path).expect(404);
    expect(body).toMatchObject({ code: 'not_found', detail: 'Webhook event not found' });
  });
});

describe('POST /webhook-events/:id/replay', () => {
  it('has a dead letter handled again', async () => {
    const { event, customer, mend } = await failed('replayed');
    await mend();
    const { body } = await post(`/${event.id}/replay`).expect(200);
    expect(body).toMatchObject({ event_id: event.id, reason: null });
    expect(await reaches(app, event.id, 'done')).toMatchObject({ attempts: 1, last_error: null });
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Mended' });
  });

  it('may be done to an event that went well, without harm', async () => {
    const customer = await newCustomer(app, 'twice');
    const event = eventOf('customer.updated', { ...customer, name: 'Twice' }, { created: now() + 10 });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    await post(`/${event.id}/replay`).expect(200);
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Twice' });
  });

  it('does not let an event of live mode get to the tables of a test key', async () => {
    const customer = await newCustomer(app, 'live');
    const event = eventOf('customer.updated', { ...customer, name: 'Live' }, { created: now() + 10, livemode: true });
    await deliver(app, event).expect(200);
    await post(`/${event.id}/replay`).expect(200);
    expect(await reaches(app, event.id, 'failed')).toMatchObject({ reason: 'livemode_mismatch' });
    expect((await customerRow(app, customer.id))?.name).not.toBe('Live');
  });

  it('answers 404 for an unknown event', async () => {
    await post('/evt_unknown/replay').expect(404);
  });
});

describe('POST /webhook-events/replay', () => {
  it('has every failed event handled again, once', async () => {
    const one = await failed('all-1');
    const two = await failed('all-2');
    await one.mend();
    await two.mend();
    const [{ count }] = await app.dataSource.query<[{ count: number }]>(
      `select count(*)::int as count from webhook_events where state = 'failed'`,
    );
    const { body } = await post('/replay').expect(200);
    expect(body).toEqual({ replayed: count });
    await reaches(app, one.event.id, 'done');
    await reaches(app, two.event.id, 'done');
  });
});
