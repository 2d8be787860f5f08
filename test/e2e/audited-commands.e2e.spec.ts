import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { catalogueFile, SEATS_AND_ADD_ONS } from '../support/catalogue-files.js';
import { cli } from '../support/cli.js';
import { BASE, ROUTES } from '../support/routes.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { eventOf, deliver } from '../support/webhook-deliveries.js';

const DAY = 86_400;

let app: TestApp;
let admin: Caller;
let key: string;
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(SEATS_AND_ADD_ONS) } });
  admin = await Caller.of(app, 'root', { role: 'admin' });
  key = String((await cli(['keys', 'create', '--name', 'host', '--scope', 'admin'], app.config)).json.key);
}, 60_000);
afterAll(() => app.close());

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: { id: number };
}
const asHost = (method: 'put' | 'post' | 'delete', path: string, body: object = {}) =>
  app.http[method](path).set('Authorization', `Bearer ${key}`).set('On-Behalf-Of', 'user:hosted').send(body);
const create = () => Caller.create(app);

async function subscriber(body: object = { tier: 'crew', quantity: 2 }): Promise<{ caller: Caller; path: string }> {
  const caller = await create();
  const bought = await caller.post('/subscription', { payment_method_id: 'pm_card_visa', ...body }).expect(201);
  await app.settle();
  return { caller, path: `/subscription/${String(bought.body.id)}` };
}

async function paused(): Promise<{ caller: Caller; path: string }> {
  const caller = await create();
  const { data } = await app.stripe.prices.list({ lookup_keys: ['solo_month'] });
  await app.stripe.subscriptions.create({
    customer: await caller.stripeCustomerId(),
    items: [{ price: data[0]?.id ?? '' }],
    trial_period_days: 3,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
  });
  await app.control('advance', { seconds: 4 * DAY });
  await app.settle();
  await caller.addCard('pm_card_visa');
  const { body } = await caller.get('/subscription').expect(200);
  return { caller, path: `/subscription/${String(body.id)}` };
}

async function owing(): Promise<{ caller: Caller; invoice: number }> {
  const { caller } = await subscriber({ tier: 'solo' });
  await caller.addCard('pm_card_chargeCustomerFail', true);
  await app.control('advance', { seconds: 32 * DAY });
  await app.settle();
  const { body } = await caller.get('/invoices?status_filter=open').expect(200);
  return { caller, invoice: (body as { id: number }[])[0]?.id ?? 0 };
}

async function storedEvent(): Promise<string> {
  const customer = await app.stripe.customers.retrieve(await (await create()).stripeCustomerId());
  const event = eventOf('customer.updated', customer);
  await deliver(app, event).expect(200);
  await app.settle();
  return event.id;
}
const endpoint = async () =>
  (await admin.post('/outgoing-endpoints', { url: 'https://app.example.com/x' }).expect(201)).body as { id: number };
const payer = async () => {
  const caller = await create();
  await caller.get('/subscription').expect(200);
  return `/payers/user%3A${caller.sub}`;
};

/** Each command: what the log says of it, and how it is given; or why the log says nothing. */
const COMMANDS: Record<string, [action: string, run: () => PromiseLike<unknown>] | { why: string }> = {
  [`POST ${BASE}/webhook`]: { why: 'what Stripe says is in webhook_events' },
  [`POST ${BASE}/payment-methods/setup-intent`]: { why: 'nothing is had by it: the card that comes of it is added' },
  [`PATCH ${BASE}/customer`]: [
    'customer.updated',
    async () => (await create()).patch('/customer', { name: 'Ada', email: 'ada@example.com' }),
  ],
  [`POST ${BASE}/subscription`]: [
    'subscription.created',
    async () => (await create()).post('/subscription', { tier: 'solo', payment_method_id: 'pm_card_visa' }),
  ],
  [`PATCH ${BASE}/subscription/:id`]: [
    'subscription.changed',
    async () => {
      const { caller, path } = await subscriber();
      return caller.patch(path, { tier: 'team' });
    },
  ],
  [`PUT ${BASE}/subscription/:id/seats`]: [
    'subscription.changed',
    async () => {
      const { caller, path } = await subscriber();
      return caller.put(`${path}/seats`, { quantity: 3 });
    },
  ],
  [`POST ${BASE}/subscription/:id/cancel`]: [
    'subscription.cancellation_scheduled',
    async () => {
      const { caller, path } = await subscriber();
      return caller.post(`${path}/cancel`);
    },
  ],
  [`POST ${BASE}/subscription/:id/reactivate`]: [
    'subscription.reactivated',
    async () => {
      const { caller, path } = await subscriber();
      await caller.post(`${path}/cancel`).expect(200);
      return caller.post(`${path}/reactivate`);
    },
  ],
  [`POST ${BASE}/subscription/:id/resume`]: [
    'subscription.resumed',
    async () => {
      const { caller, path } = await paused();
      return caller.post(`${path}/resume`);
    },
  ],
  [`DELETE ${BASE}/subscription/:id/scheduled-change`]: [
    'subscription.scheduled_change_dropped',
    async () => {
      const { caller, path } = await subscriber();
      await caller.patch(path, { tier: 'solo' }).expect(200);
      return caller.delete(`${path}/scheduled-change`);
    },
  ],
  [`POST ${BASE}/payment-methods`]: [
    'payment_method.attached',
    async () => (await create()).post('/payment-methods', { payment_method_id: 'pm_card_visa' }),
  ],
  [`POST ${BASE}/payment-methods/:id/default`]: [
    'payment_method.made_default',
    async () => {
      const caller = await create();
      await caller.addCard('pm_card_visa');
      const { id } = await caller.addCard('pm_card_mastercard');
      return caller.post(`/payment-methods/${id}/default`);
    },
  ],
  [`DELETE ${BASE}/payment-methods/:id`]: [
    'payment_method.detached',
    async () => {
      const caller = await create();
      return caller.delete(`/payment-methods/${(await caller.addCard('pm_card_visa')).id}`);
    },
  ],
  [`POST ${BASE}/invoices/:id/pay`]: [
    'invoice.paid',
    async () => {
      const { caller, invoice } = await owing();
      return caller.post(`/invoices/${invoice}/pay`, { payment_method_id: 'pm_card_visa' });
    },
  ],
  [`POST ${BASE}/checkout`]: ['checkout.created', async () => (await create()).post('/checkout', { tier: 'solo' })],
  // What is used has a row of its own for each key (feature_consumptions); what is taken back is in the log, too.
  [`POST ${BASE}/entitlements/:feature/consume`]: [
    'usage.taken_back',
    () => asHost('post', '/entitlements/members/consume', { amount: -1, key: 'k' }),
  ],
  [`PUT ${BASE}/entitlements/:feature/override`]: [
    'override.set',
    () => asHost('put', '/entitlements/members/override', { value: 5, reason: 'Ada asked' }),
  ],
  [`DELETE ${BASE}/entitlements/:feature/override`]: [
    'override.removed',
    () => asHost('delete', '/entitlements/members/override'),
  ],
  [`PUT ${BASE}/usage/:feature`]: ['usage.reported', () => asHost('put', '/usage/members', { used: 1 })],
  [`POST ${BASE}/webhook-events/replay`]: ['webhook_event.replayed', () => admin.post('/webhook-events/replay')],
  [`POST ${BASE}/webhook-events/:id/replay`]: [
    'webhook_event.replayed',
    async () => admin.post(`/webhook-events/${await storedEvent()}/replay`),
  ],
  [`POST ${BASE}/payers/:id/link`]: [
    'customer.linked',
    async () => {
      const { id } = await app.stripe.customers.create({ email: 'stranger@example.com' });
      return admin.post(`${await payer()}/link`, { stripe_customer_id: id });
    },
  ],
  [`POST ${BASE}/payers/:id/deactivate`]: ['payer.deactivated', async () => admin.post(`${await payer()}/deactivate`)],
  [`POST ${BASE}/payers/:id/activate`]: [
    'payer.activated',
    async () => {
      const path = await payer();
      await admin.post(`${path}/deactivate`).expect(200);
      return admin.post(`${path}/activate`);
    },
  ],
  [`POST ${BASE}/payers/:id/close`]: ['payer.closed', async () => admin.post(`${await payer()}/close`)],
  [`POST ${BASE}/outgoing-endpoints`]: [
    'outgoing_endpoint.created',
    () => admin.post('/outgoing-endpoints', { url: 'https://app.example.com/y' }),
  ],
  [`PATCH ${BASE}/outgoing-endpoints/:id`]: [
    'outgoing_endpoint.disabled',
    async () => admin.patch(`/outgoing-endpoints/${(await endpoint()).id}`, { enabled: false }),
  ],
  [`DELETE ${BASE}/outgoing-endpoints/:id`]: [
    'outgoing_endpoint.removed',
    async () => admin.delete(`/outgoing-endpoints/${(await endpoint()).id}`),
  ],
  [`POST ${BASE}/outgoing-endpoints/:id/replay`]: [
    'outgoing_endpoint.replayed',
    async () => admin.post(`/outgoing-endpoints/${(await endpoint()).id}/replay`, {}),
  ],
  [`DELETE ${BASE}/organizations/:id/members/:sub`]: [
    'member.removed',
    () => asHost('delete', '/organizations/org_1/members/mel'),
  ],
};

describe('every command has an entry in the audit log, in the name of its request', () => {
  it.each(Object.keys(ROUTES).filter((route) => !route.startsWith('GET ')))(
    '%s',
    async (route) => {
      const command = COMMANDS[route];
      if (command === undefined) throw new Error(`${route}: say in COMMANDS what the audit log has of it`);
      if ('why' in command) return;
      const [action, run] = command;
      const { status, headers } = (await run()) as Answer;
      expect([200, 201, 204]).toContain(status);
      const entries = await app.dataSource.query<{ action: string; actor_kind: string; text: string }[]>(
        'select action, actor_kind, entry::text as text from audit_log entry where request_id = $1',
        [headers['x-request-id']],
      );
      expect(entries.map((entry) => entry.action)).toContain(action);
      for (const { actor_kind: actor, text } of entries) {
        expect(['user', 'service_key']).toContain(actor);
        expect(text).not.toMatch(/\bAda\b|@example\.com|4242|visa/);
      }
    },
    60_000,
  );

  it('and so has what an operator does on the command line', async () => {
    const id = await storedEvent();
    for (const [command, action] of [
      [['events', 'replay', id], 'webhook_event.replayed'],
      [['events', 'drop', id], 'webhook_event.dropped'],
    ] as const) {
      expect((await cli([...command], app.config)).code).toBe(0);
      const { body } = await admin.get(`/audit?limit=1&object=webhook_event:${id}`).expect(200);
      expect(body).toMatchObject([{ actor: 'operator', action }]);
    }
  });
});
