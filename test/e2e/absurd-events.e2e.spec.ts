import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Inbox } from '../../src/webhooks/inbox.js';
import { readEvent, unreadable } from '../../src/webhooks/stripe-event.js';
import { eventually } from '../support/eventually.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { customerRow, deliver, eventOf, inboxRow, newCustomer, reaches } from '../support/webhook-deliveries.js';

const SEED = 20;
const ROUNDS = 6;
/** Absurd events around each good one. */
const AROUND = 8;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['balance.available'], environment: { WEBHOOK_MAX_ATTEMPTS: '2' } });
});
afterAll(() => app.close());

const now = () => Math.floor(Date.now() / 1000);
const numbers = fc.constantFrom(0, -1, 946_684_799, 4_102_444_801, 1e12, 2 ** 53 - 1, -(2 ** 53 - 1), 1e300, 1.5);
const texts = fc.constantFrom('', 'x'.repeat(101), 'x'.repeat(256), 'a\0b', '\ud800', '1970-01-01', '+275760-09-13');
const absurd = fc.oneof(numbers, texts, fc.constantFrom(null, true, [], {}, [[[]]]));
const fields = fc.constantFrom(
  'created',
  'created',
  'api_version',
  'livemode',
  'account',
  'request',
  'pending_webhooks',
);
const objectFields = fc.constantFrom('id', 'object', 'customer', 'created', 'metadata', 'email', 'name', 'deleted');
/** What is wrong with an event: a field of its own, or one of its object. */
const mistakes = fc.oneof(
  fc.record({ at: fc.constant('event'), field: fields, value: absurd }),
  fc.record({ at: fc.constant('object'), field: objectFields, value: absurd }),
);

describe('signed events with absurd contents', () => {
  it('stop nothing: each good one between them is handled, and none waits for ever', async () => {
    const customers = await Promise.all(['one', 'two', 'three'].map((sub) => newCustomer(app, `absurd-${sub}`)));
    const drawn = fc.sample(fc.array(mistakes, { minLength: AROUND, maxLength: AROUND }), {
      seed: SEED,
      numRuns: ROUNDS,
    });
    for (const [round, wrong] of drawn.entries()) {
      const customer = customers[round % customers.length];
      if (customer === undefined) throw new Error('no customer');
      for (const { at, field, value } of wrong) {
        const object = at === 'object' ? { ...customer, [field]: value } : customer;
        const event = eventOf('customer.updated', object, at === 'event' ? { [field]: value } : {});
        await deliver(app, event).expect(200);
      }
      const name = `Round ${round}`;
      const changed = await app.stripe.customers.update(customer.id, { name });
      const good = eventOf('customer.updated', changed, { created: now() });
      await deliver(app, good).expect(200);
      await reaches(app, good.id, 'done');
    }
    await eventually(async () => {
      const waiting = await app.dataSource.query(
        `update webhook_events set next_attempt_at = now() where state in ('received', 'processing') returning event_id, last_error`,
      );
      expect(waiting).toEqual([[], 0]);
    });
    for (const { id } of customers) expect((await customerRow(app, id))?.name).toMatch(/^Round /);
  }, 120_000);

  it.each([
    ['the year 1999', 946_684_799],
    ['the year 2100', 4_102_444_801],
    ['292 billion years', 2 ** 53 - 1],
  ])('R2: stamped %s has the object read anew', async (_when, created) => {
    const customer = await newCustomer(app, `stamped-${created}`);
    await app.stripe.customers.update(customer.id, { name: 'As Stripe says' });
    const event = eventOf('customer.updated', { ...customer, name: 'As nobody says' }, { created });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'As Stripe says' });
  });

  it('M16: with a long name of an API version has the object read anew', async () => {
    const customer = await newCustomer(app, 'long-version');
    await app.stripe.customers.update(customer.id, { name: 'As Stripe says' });
    const event = eventOf('customer.updated', customer, { api_version: 'x'.repeat(101) });
    await deliver(app, event).expect(200);
    await reaches(app, event.id, 'done');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'As Stripe says' });
  });
});

/** Keeps an event for whichever worker claims it. */
function store(event: object): Promise<void> {
  const body = Buffer.from(JSON.stringify(event));
  return app.app.get(Inbox).receive(body, readEvent(body) ?? unreadable(body), { state: 'received', reason: null });
}

describe('an event that the inbox cannot claim', () => {
  it('is set aside as failed, and the others are handled', async () => {
    const customer = await newCustomer(app, 'unclaimable');
    const bad = eventOf('customer.updated', { ...customer, name: 'Bad' }, { created: now() + 60 });
    await app.dataSource.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise 'cannot be claimed' using errcode = '22008'; end $$;
      create trigger refuse before update on webhook_events for each row
        when (new.event_id = '${bad.id}' and new.state = 'processing') execute function refuse()`);
    const good = eventOf('customer.updated', { ...customer, name: 'Good' }, { created: now() + 70 });
    // As those that another process has stored and had no room for.
    for (const event of [bad, good]) await store(event);
    await reaches(app, good.id, 'done');
    expect(await reaches(app, bad.id, 'failed')).toMatchObject({
      reason: 'unclaimable',
      last_error: expect.any(String),
    });
    await app.dataSource.query('drop trigger refuse on webhook_events');
    expect(await customerRow(app, customer.id)).toMatchObject({ name: 'Good' });
    expect(await inboxRow(app, good.id)).toMatchObject({ attempts: 1 });
  });
});
