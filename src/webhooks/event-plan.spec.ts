import { describe, expect, it } from '@jest/globals';
import { CustomerProjection } from '../customers/customer.projection.js';
import { InvoiceProjection } from '../invoices/invoice.projection.js';
import { PaymentProjection } from '../payments/payment.projection.js';
import { type Plan, planOf, planOfObject, unroutedReason } from './event-plan.js';
import { EVENT_ROUTES, routeOf, SUBSCRIBED_EVENT_TYPES } from './event-routes.js';
import { readEvent, type StripeEvent } from './stripe-event.js';

function read(event: object): StripeEvent {
  const found = readEvent(Buffer.from(JSON.stringify(event)));
  if (found === null) throw new Error('no event');
  return found;
}

const snapshot = (type: string, object: object, changes: object = {}) =>
  read({
    id: 'evt_1',
    object: 'event',
    type,
    created: 1_800_000_000,
    api_version: 'v',
    livemode: false,
    data: { object },
    ...changes,
  });
const thin = (type: string, related: object | null) =>
  read({ id: 'evt_1', object: 'v2.core.event', type, created: '2026-11-22T10:00:00.500Z', related_object: related });
const steps = (plan: Plan) =>
  'steps' in plan ? plan.steps.map(({ by, projection, id }) => [by, projection, id]) : plan;

describe('planOf', () => {
  it('applies the snapshot of an object that is mirrored', () => {
    const plan = planOf(snapshot('invoice.paid', { id: 'in_1' }));
    expect(plan).toMatchObject({
      steps: [{ snapshot: { object: { id: 'in_1' }, created: 1_800_000_000, apiVersion: 'v' } }],
    });
    expect(steps(plan)).toEqual([['snapshot', InvoiceProjection, 'in_1']]);
  });

  it('reads the object again when the event does not say when it happened', () => {
    expect(steps(planOf(snapshot('invoice.paid', { id: 'in_1' }, { created: undefined })))).toEqual([
      ['refresh', InvoiceProjection, 'in_1'],
    ]);
  });

  it('reads the payment of a refunded charge', () => {
    const charge = { id: 'ch_1', payment_intent: { id: 'pi_1' } };
    expect(steps(planOf(snapshot('charge.refunded', charge)))).toEqual([['refresh', PaymentProjection, 'pi_1']]);
  });

  it('ties a payment to its invoice', () => {
    const payment = { id: 'inpay_1', invoice: 'in_1', payment: { type: 'payment_intent', payment_intent: 'pi_1' } };
    expect(steps(planOf(snapshot('invoice_payment.paid', payment)))).toEqual([
      ['refresh', InvoiceProjection, 'in_1'],
      ['refresh', PaymentProjection, 'pi_1'],
    ]);
  });

  it('leaves alone what has no object of ours', () => {
    expect(planOf(snapshot('charge.refunded', { id: 'ch_1', payment_intent: null }))).toEqual({ ignored: 'no_object' });
    expect(planOf(snapshot('invoice.paid', {}))).toEqual({ ignored: 'no_object' });
    expect(planOf(snapshot('payout.paid', { id: 'po_1' }))).toEqual({ ignored: 'unknown_type' });
  });

  it('reads what a thin event names', () => {
    const related = { id: 'cus_1', type: 'customer', url: '/v1/customers/cus_1' };
    for (const type of ['v1.customer.updated', 'v1.customer.deleted', 'v1.customer.of_the_future'])
      expect(steps(planOf(thin(type, related)))).toEqual([['refresh', CustomerProjection, 'cus_1']]);
  });

  it('fetches what a thin event names when that only leads to others', () => {
    const plan = planOf(thin('v1.charge.refunded', { id: 'ch_1', type: 'charge', url: '/v1/charges/ch_1' }));
    expect(plan).toMatchObject({ fetch: '/v1/charges/ch_1' });
    const route = routeOf('charge.refunded');
    if (route === null) throw new Error('no route');
    expect(steps(planOfObject({ id: 'ch_1', payment_intent: 'pi_1' }, route))).toEqual([
      ['refresh', PaymentProjection, 'pi_1'],
    ]);
  });

  it.each([
    'https://elsewhere.example/v1/charges/ch_1',
    '/v2/charges/ch_1',
    '/v1/../charges/ch_1',
    '/v1/charges/ch_1?x=1',
  ])('fetches no address but an object of the API: %s', (url) => {
    expect(planOf(thin('v1.charge.refunded', { id: 'ch_1', type: 'charge', url }))).toEqual({ ignored: 'no_object' });
  });

  it('gives events of one object the same key, and its deletion another', () => {
    const key = (type: string, id = 'in_1') => (planOf(snapshot(type, { id })) as { key: string }).key;
    expect(key('invoice.paid')).toBe(key('invoice.updated'));
    expect(key('invoice.paid')).not.toBe(key('invoice.paid', 'in_2'));
    expect(key('invoice.deleted')).not.toBe(key('invoice.paid'));
  });
});

describe('unroutedReason', () => {
  it('lets the worker decide about every type that has a route', () => {
    for (const type of SUBSCRIBED_EVENT_TYPES) expect(unroutedReason(snapshot(type, {}))).toBeNull();
  });

  it('names why an event has no effect', () => {
    expect(unroutedReason(snapshot('toString', {}))).toBe('unknown_type');
    expect(unroutedReason(thin('v1.billing.meter.no_meter_found', null))).toBe('unknown_type');
    expect(unroutedReason(thin('v1.x', { id: 'x', type: 'constructor', url: '/v1/x/x' }))).toBe('unknown_type');
  });
});

describe('SUBSCRIBED_EVENT_TYPES', () => {
  it('is every route, the previews that are only told on among them', () => {
    expect(SUBSCRIBED_EVENT_TYPES).toHaveLength(Object.keys(EVENT_ROUTES).length);
    expect(planOf(snapshot('invoice.upcoming', { customer: 'cus_1' }))).toEqual({ announced: true });
  });
});

describe('readEvent', () => {
  it('finds the customer whether it is named, expanded or the object itself', () => {
    expect(snapshot('invoice.paid', { id: 'in_1', customer: 'cus_1' }).stripeCustomerId).toBe('cus_1');
    expect(snapshot('invoice.paid', { id: 'in_1', customer: { id: 'cus_2' } }).stripeCustomerId).toBe('cus_2');
    expect(snapshot('customer.updated', { id: 'cus_3', object: 'customer' }).stripeCustomerId).toBe('cus_3');
    expect(snapshot('coupon.created', { id: 'co_1' }).stripeCustomerId).toBeNull();
    expect(snapshot('coupon.created', { id: 'co_1', customer: 5 }).stripeCustomerId).toBeNull();
  });

  it('reads the stamp of a thin event in whole seconds', () => {
    expect(thin('v1.customer.updated', null)).toMatchObject({
      type: 'customer.updated',
      created: 1_795_341_600,
      object: null,
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '"evt_1"',
    '{}',
    '{"id":"evt_1"}',
    '{"id":1,"type":"x"}',
    '{"id":"e","type":"x","data":[]}',
  ])('finds no event in %s', (body) => expect(readEvent(Buffer.from(body))).toBeNull());
});
