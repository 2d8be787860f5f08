import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { type RequestCost, RequestCosts } from '../support/request-cost.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
let costs: RequestCosts;
beforeAll(async () => {
  // No deliveries and no background work: what is counted belongs to the request.
  app = await createTestApp({
    enabledEvents: ['topup.created'],
    environment: { WEBHOOK_POLL_SECONDS: '3600', INTENT_POLL_SECONDS: '3600' },
  });
  costs = new RequestCosts(app);
});
afterAll(() => app.close());

const PAID = { tier: 'professional', payment_method_id: 'pm_card_visa' };
const buyer = async (body: object = PAID) => {
  const caller = await Caller.create(app);
  const { body: subscription } = await caller.post('/subscription', body).expect(201);
  return { caller, path: `/subscription/${String(subscription.id)}` };
};

/**
 * Each command on a user or a subscription of its own, with the most that it may cost. Of the statements of a changing one,
 * three let no other of the same user run beside it: the lease taken, the owned row read again, the lease released. Where
 * cards or codes can be tried out, two count the try for all instances (src/http/failure-limit.ts). Every command has
 * one that writes the audit log; for a Checkout session, which has no row, in a transaction of its own. A write of a
 * subscription has one for its items and one for its outgoing events; one of a customer or an invoice has the latter.
 */
const COMMANDS: Record<string, { most: RequestCost; run: () => Promise<RequestCost> }> = {
  'a first purchase with a card': {
    most: { stripe: 7, sql: 70 },
    run: async () => costs.of((await Caller.create(app)).post('/subscription', PAID).expect(201)),
  },
  'a first purchase with a card and a trial': {
    most: { stripe: 7, sql: 71 },
    run: async () =>
      costs.of((await Caller.create(app)).post('/subscription', { ...PAID, trial_days: 14 }).expect(201)),
  },
  'a first Checkout session': {
    most: { stripe: 5, sql: 37 },
    run: async () => costs.of((await Caller.create(app)).post('/checkout', { tier: 'starter' }).expect(200)),
  },
  'an upgrade': {
    most: { stripe: 1, sql: 37 },
    run: async () => {
      const { caller, path } = await buyer();
      return costs.of(caller.patch(path, { tier: 'enterprise' }).expect(200));
    },
  },
  'a downgrade at the end of the period': {
    most: { stripe: 3, sql: 32 },
    run: async () => {
      const { caller, path } = await buyer();
      return costs.of(caller.patch(path, { tier: 'starter' }).expect(200));
    },
  },
  'a cancellation at the end of the period': {
    most: { stripe: 1, sql: 19 },
    run: async () => {
      const { caller, path } = await buyer();
      return costs.of(caller.post(`${path}/cancel`).expect(200));
    },
  },
  'a cancellation now': {
    most: { stripe: 1, sql: 17 },
    run: async () => {
      const { caller, path } = await buyer();
      return costs.of(caller.post(`${path}/cancel`, { cancel_at_period_end: false }).expect(200));
    },
  },
  'a reactivation': {
    most: { stripe: 1, sql: 20 },
    run: async () => {
      const { caller, path } = await buyer();
      await caller.post(`${path}/cancel`).expect(200);
      return costs.of(caller.post(`${path}/reactivate`).expect(200));
    },
  },
  'a second card': {
    most: { stripe: 1, sql: 23 },
    run: async () => {
      const { caller } = await buyer();
      return costs.of(caller.post('/payment-methods', { payment_method_id: 'pm_card_mastercard' }).expect(201));
    },
  },
  'another name of the customer': {
    most: { stripe: 1, sql: 14 },
    run: async () => {
      const { caller } = await buyer();
      return costs.of(caller.patch('/customer', { name: 'Ada' }).expect(200));
    },
  },
  'the current subscription': {
    most: { stripe: 0, sql: 2 },
    run: async () => {
      const { caller } = await buyer();
      return costs.of(caller.get('/subscription').expect(200));
    },
  },
};

describe('what a request costs at most', () => {
  it.each(Object.keys(COMMANDS))('%s', async (name) => {
    const command = COMMANDS[name];
    if (command === undefined) throw new Error(name);
    const cost = await command.run();
    expect(cost.stripe).toBeLessThanOrEqual(command.most.stripe);
    expect(cost.sql).toBeLessThanOrEqual(command.most.sql);
  });
});
