import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Caller } from '../support/caller.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { deliver, eventOf, reaches } from '../support/webhook-deliveries.js';

let app: TestApp;
let customer: string;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['balance.available'] });
  customer = await (await Caller.create(app)).stripeCustomerId();
}, 60_000);
afterAll(() => app.close());

/** An event in the words of another API version: nothing of its object is where ours has it. */
const ofLongAgo = (type: string, object: object) => eventOf(type, object, { api_version: '2016-07-06' });

describe('an event of another API version', () => {
  it.each([
    ['invoice.deleted', { id: 'in_gone', object: 'invoice', customer: 'known', closed: true }],
    ['invoice.updated', { id: 'in_gone', object: 'invoice', customer: 'known', closed: true }],
    ['payment_method.attached', { id: 'pm_gone', object: 'payment_method', customer: 'known' }],
    ['payment_method.attached', { id: 'card_gone', object: 'payment_method', customer: 'known', card: {} }],
    ['customer.deleted', { id: 'cus_gone', object: 'customer' }],
    ['customer.updated', { id: 'cus_gone', object: 'customer' }],
    ['customer.discount.created', { object: 'discount', customer: 'known' }],
    ['invoice_payment.paid', { id: 'inpay_1', object: 'invoice_payment' }],
    ['charge.dispute.created', { id: 'dp_1', object: 'dispute', charge: 'ch_1' }],
    ['charge.refunded', { id: 'ch_1', object: 'charge', customer: 'known' }],
    ['coupon.deleted', { id: 'GONE', object: 'coupon' }],
    ['checkout.session.completed', { id: 'cs_gone', object: 'checkout.session' }],
  ])('%s is settled, whatever it holds', async (type, given) => {
    const object = 'customer' in given ? { ...given, customer } : given;
    const event = ofLongAgo(type, object);
    await deliver(app, event).expect(200);
    const { state, last_error: error } = await reaches(app, event.id, 'done', 'ignored', 'failed');
    expect([state === 'done' || state === 'ignored', error]).toEqual([true, null]);
  });
});
