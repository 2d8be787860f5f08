import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BillingClient, BillingError } from 'stripe-billing-client';
import { readClientTypes, renderClientTypes } from '../support/client-types.js';
import { cli } from '../support/cli.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
let users = 0;

beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

async function clientOf(sub = `client-${(users += 1)}`): Promise<BillingClient> {
  const token = (await app.bearer(sub)).replace('Bearer ', '');
  return new BillingClient({ baseUrl: new URL(app.url).origin, token });
}

describe('the document', () => {
  it('is what the types of the client were generated from (else: npm run client:generate)', async () => {
    const { body: document } = await app.root.get('/docs-json').expect(200);
    expect(await readClientTypes()).toBe(await renderClientTypes(document as object));
  });

  it('names no operation that the client lacks', async () => {
    const { body } = await app.root.get('/docs-json').expect(200);
    const { paths } = body as { paths: Record<string, Record<string, { tags?: string[] }>> };
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { tags }]) => tags?.includes('billing') || tags?.includes('operator'))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect([...(await callableOperations())].sort()).toEqual(documented.sort());
  });
});

describe('a backend with a service key', () => {
  it('acts for whom it names, a person or an organization, whatever their ids look like', async () => {
    const { json } = await cli(['keys', 'create', '--name', 'host', '--scope', 'act'], app.config);
    const of = (onBehalfOf: { user: string } | { organization: string }) =>
      new BillingClient({ baseUrl: new URL(app.url).origin, token: String(json.key), onBehalfOf });
    for (const payer of [{ user: 'auth0|ä 1' }, { organization: 'org/1' }]) {
      const bought = await of(payer).createSubscription({
        tier: 'starter',
        paymentMethodId: 'pm_card_visa',
        email: 'a@example.com',
        metadata: { orderNumber: '4711', order_id: '1' },
      });
      expect(await of(payer).getSubscription()).toMatchObject({ id: bought.id });
      await of(payer).removeOrganizationMember('org/1', 'auth0|2');
    }
    expect(await of({ user: 'somebody' }).getSubscription()).toBeNull();
    const metadata = await app.dataSource.query('select metadata from subscriptions order by id desc limit 1');
    expect(metadata).toMatchObject([{ metadata: { orderNumber: '4711', order_id: '1' } }]);
  });
});

describe('a user of the client', () => {
  it('has no subscription, no customer and empty lists at first', async () => {
    const client = await clientOf();
    expect(await client.getSubscription()).toBeNull();
    expect(await client.getCustomer()).toBeNull();
    expect(await client.getPaymentMethods()).toEqual([]);
    expect(await client.getInvoices()).toEqual([]);
  });

  it('subscribes, changes, cancels and reactivates', async () => {
    const client = await clientOf();
    const bought = await client.createSubscription({
      tier: 'professional',
      interval: 'month',
      paymentMethodId: 'pm_card_visa',
      trialDays: 14,
    });
    expect(bought).toMatchObject({ tier: 'professional', status: 'trialing', amount: 79, requiresAction: false });
    expect(Date.parse(bought.trialEnd ?? '')).toBeGreaterThan(Date.now());

    const changed = await client.updateSubscription(bought.id, { tier: 'enterprise', interval: 'year' });
    expect(changed).toMatchObject({ id: bought.id, tier: 'enterprise', interval: 'year', amount: 1990 });

    const cancelled = await client.cancelSubscription(bought.id, { cancelAtPeriodEnd: true, reason: 'Too expensive' });
    expect(cancelled).toMatchObject({ cancelAtPeriodEnd: true, cancelAt: changed.currentPeriodEnd });
    expect(await client.reactivateSubscription(bought.id)).toMatchObject({ cancelAtPeriodEnd: false });
    expect(await client.getSubscription()).toMatchObject({ id: bought.id, tier: 'enterprise' });

    expect(await client.cancelSubscription(bought.id, { cancelAtPeriodEnd: false })).toHaveProperty(
      'status',
      'canceled',
    );
    expect(await client.getSubscription()).toBeNull();
  });

  it('keeps cards', async () => {
    const client = await clientOf();
    const first = await client.addPaymentMethod({ paymentMethodId: 'pm_card_visa' });
    const second = await client.addPaymentMethod({ paymentMethodId: 'pm_card_mastercard', setAsDefault: true });
    expect(first).toMatchObject({ type: 'card', cardBrand: 'visa', cardLast4: '4242', isDefault: true });
    expect((await client.getPaymentMethods()).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [second.id, true],
      [first.id, false],
    ]);
    expect(await client.setDefaultPaymentMethod(first.id)).toHaveProperty('isDefault', true);
    await client.removePaymentMethod(second.id);
    expect(await client.getPaymentMethods()).toHaveLength(1);
    expect((await client.createSetupIntent()).clientSecret).toMatch(/^seti_.*_secret_/);
  });

  it('begins a purchase on the page of Stripe', async () => {
    const client = await clientOf();
    const session = await client.createCheckoutSession({ tier: 'starter', interval: 'year', trialDays: 7 });
    expect(session).toMatchObject({ id: expect.stringMatching(/^cs_/), url: expect.stringContaining(session.id) });
    expect(session.expiresAt * 1000).toBeGreaterThan(Date.now());
  });

  it('changes its address', async () => {
    const client = await clientOf();
    await client.updateCustomer({ name: 'Ada Lovelace', addressLine1: "12 St James's Square", country: 'GB' });
    expect(await client.getCustomer()).toMatchObject({ addressLine1: "12 St James's Square", trialAvailable: true });
  });

  it('reads plans and configuration without a token', async () => {
    const client = new BillingClient({ baseUrl: new URL(app.url).origin, token: '' });
    const plans = await client.getPlans();
    expect(plans.map(({ tier }) => tier)).toEqual(['starter', 'professional', 'enterprise']);
    expect(await client.getConfig()).toMatchObject({ trialDays: 14, publishableKey: 'pk_test_of_the_tests' });
  });
});

describe('lists', () => {
  it('are walked over page after page', async () => {
    const client = await clientOf();
    for (let round = 0; round < 3; round += 1) {
      const { id } = await client.createSubscription({ tier: 'starter', paymentMethodId: 'pm_card_visa' });
      await client.cancelSubscription(id, { cancelAtPeriodEnd: false });
    }
    await app.settle();
    const { items, hasMore } = await client.getInvoicePage({ limit: 2 });
    expect(hasMore).toBe(true);
    const rest = await client.getInvoicePage({ limit: 2, startingAfter: items[1]?.id });
    expect(rest.hasMore).toBe(false);

    const walked: number[] = [];
    for await (const invoice of client.invoices({ status: 'paid' })) walked.push(invoice.id);
    expect(walked).toEqual([...items, ...rest.items].map(({ id }) => id));
    expect(await client.getInvoices(5, 'open')).toEqual([]);
    const subscriptions: string[] = [];
    for await (const { status } of client.subscriptions()) subscriptions.push(status);
    expect(subscriptions).toEqual(['canceled', 'canceled', 'canceled']);
  });
});

describe('an operator', () => {
  it('sees what Stripe delivered, in the words of Stripe, and has it handled again', async () => {
    const buyer = await clientOf();
    await buyer.createSubscription({ tier: 'starter', paymentMethodId: 'pm_card_visa' });
    await app.settle();
    const token = (await app.bearer('operator', { role: 'admin' })).replace('Bearer ', '');
    const client = new BillingClient({ baseUrl: new URL(app.url).origin, token });
    const { items } = await client.getWebhookEvents({ limit: 1, state: 'done', type: 'invoice.paid' });
    const { eventId = '' } = items[0] ?? {};
    const event = await client.getWebhookEvent(eventId);
    expect(event.payload).toMatchObject({ id: eventId, data: { object: { amount_paid: 2900 } } });
    expect(await client.replayWebhookEvent(eventId)).toHaveProperty('eventId', eventId);
    expect(await client.replayFailedWebhookEvents()).toEqual({ replayed: 0 });
    expect(await refusal(buyer.getWebhookEvents())).toHaveProperty('status', 403);
  });
});

describe('what is refused', () => {
  it('tells status, code and request', async () => {
    const client = await clientOf();
    const error = await refusal(client.createSubscription({ tier: 'gold' }));
    expect(error).toMatchObject({ status: 400, code: 'invalid_tier', message: 'Invalid tier: gold' });
    expect(error.requestId).toBeTruthy();
    expect(await refusal(client.updateSubscription(999_999, { tier: 'starter' }))).toMatchObject({
      status: 404,
      message: 'Subscription not found',
    });
  });

  it('tells the fields', async () => {
    const client = await clientOf();
    const error = await refusal(client.updateCustomer({ email: 'nobody' }));
    expect(error.errors.map(({ field }) => field)).toEqual(['email']);
  });

  it("tells Stripe's reason for a declined card", async () => {
    const client = await clientOf();
    const paymentMethodId = 'pm_card_visa_chargeDeclinedInsufficientFunds';
    expect(await refusal(client.createSubscription({ tier: 'starter', paymentMethodId }))).toMatchObject({
      status: 402,
      code: 'card_declined',
      declineCode: 'insufficient_funds',
    });
  });

  it('a call with the key of an earlier one does nothing twice', async () => {
    const client = await clientOf();
    const purchase = () =>
      client.createSubscription(
        { tier: 'starter', paymentMethodId: 'pm_card_visa' },
        { idempotencyKey: 'one-purchase' },
      );
    const first = await purchase();
    expect(await purchase()).toMatchObject({ id: first.id });
  });
});

async function refusal(call: Promise<unknown>): Promise<BillingError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof BillingError) return error;
    throw error;
  }
  throw new Error('the call was not refused');
}

/** Calls every method of the client and collects what it sends. */
async function callableOperations(): Promise<Set<string>> {
  const operations = new Set<string>();
  const client = new BillingClient({
    token: 'unused',
    fetch: (url, init) => {
      const path = (url as string)
        .replace(/\?.*/, '')
        .replace('/7', '/{id}')
        .replace('/8', '/{sub}')
        .replace('/9', '/{feature}');
      operations.add(`${String(init?.method)} ${path}`);
      return Promise.resolve(Response.json(null));
    },
  });
  const withId = [
    'updateSubscription',
    'cancelSubscription',
    'reactivateSubscription',
    'getInvoice',
    'payInvoice',
    'getWebhookEvent',
    'getPayer',
    'replayWebhookEvent',
  ];
  const names = Object.getOwnPropertyNames(BillingClient.prototype).filter(
    (name) => /^(get|create|add)\w/.test(name) && name !== 'getEntitlement',
  );
  const call = (name: string, ...parameters: unknown[]): Promise<unknown> =>
    (client[name as 'getPlans'] as (...parameters: unknown[]) => Promise<unknown>).apply(client, parameters);
  await Promise.allSettled([
    ...names.map((name) => call(name, withId.includes(name) ? 7 : {})),
    ...withId.map((name) => call(name, 7, {})),
    ...['setDefaultPaymentMethod', 'removePaymentMethod', 'resumeSubscription', 'dropScheduledChange', 'setSeats'].map(
      (name) => call(name, 7, {}),
    ),
    ...['getEntitlement', 'consume', 'reportUsage', 'setOverride', 'removeOverride'].map((name) => call(name, '9', {})),
    ...['updateOutgoingEndpoint', 'removeOutgoingEndpoint', 'replayOutgoingEvents'].map((name) => call(name, 7, {})),
    call('updateCustomer', {}),
    call('replayFailedWebhookEvents'),
    call('removeOrganizationMember', '7', '8'),
    call('findPayers', {}),
    ...['deactivatePayer', 'activatePayer', 'closePayer'].map((name) => call(name, '7')),
    call('linkPayer', '7', { stripeCustomerId: 'cus_1' }),
  ]);
  return operations;
}
