import { describe, expect, it } from '@jest/globals';
import { type Facts, type ToldKind } from '../sync/write-listeners.js';
import { eventsOf, previousOf } from './event-types.js';

const SUBSCRIPTION: Facts = {
  id: 1,
  status: 'active',
  tier: 'team',
  group: 'main',
  is_duplicate: false,
  quantity: 1,
  add_ons: [],
  coupon: null,
  current_period_end: '2026-12-01T00:00:00.000Z',
};
const INVOICE: Facts = { id: 2, status: 'open', attempt_count: 0, number: 'A-1' };
const PAYMENT: Facts = { id: 3, status: 'succeeded', amount_refunded: 0, dispute_status: null };
const CUSTOMER: Facts = { id: 4, stripe_customer_id: 'cus_1', name: 'Ada', deleted_at: null };

const told = (kind: ToldKind, facts: Facts) => (before: Facts | null, changes: Facts) =>
  eventsOf({ kind, before: before === null ? null : { ...facts, ...before }, facts: { ...facts, ...changes } });

describe('the events of a write', () => {
  it.each<[ToldKind, Facts]>([
    ['subscription', SUBSCRIPTION],
    ['invoice', INVOICE],
    ['payment', PAYMENT],
    ['customer', CUSTOMER],
  ])('are none where a %s is as it was', (kind, facts) => {
    expect(eventsOf({ kind, before: facts, facts: { ...facts } })).toEqual([]);
  });

  it.each<[string, Facts | null, Facts, string[]]>([
    ['is new', null, {}, ['subscription.created', 'entitlements.changed']],
    ['is new and waits for its payment', null, { status: 'incomplete' }, ['subscription.created']],
    ['is new and has ended', null, { status: 'canceled' }, ['subscription.created', 'subscription.canceled']],
    ['is new and in no group', null, { group: null }, ['subscription.created']],
    ['is new and a duplicate', null, { is_duplicate: true }, ['subscription.created']],
    ['is paid at last', { status: 'incomplete' }, {}, ['subscription.updated', 'entitlements.changed']],
    ['has another plan', {}, { tier: 'big' }, ['subscription.updated', 'entitlements.changed']],
    ['has a coupon', {}, { coupon: 'X' }, ['subscription.updated']],
    ['goes on for a period', {}, { current_period_end: '2027' }, ['subscription.updated', 'entitlements.changed']],
    ['is behind', {}, { status: 'past_due' }, ['subscription.past_due', 'entitlements.changed']],
    ['is given up', { status: 'past_due' }, { status: 'unpaid' }, ['subscription.updated', 'entitlements.changed']],
    ['has paid', { status: 'past_due' }, {}, ['subscription.recovered', 'entitlements.changed']],
    ['has ended', { status: 'past_due' }, { status: 'canceled' }, ['subscription.canceled', 'entitlements.changed']],
    [
      'never began',
      { status: 'incomplete' },
      { status: 'incomplete_expired' },
      ['subscription.canceled', 'entitlements.changed'],
    ],
    ['has ended and says why', { status: 'canceled' }, { status: 'canceled', coupon: 'X' }, ['subscription.updated']],
  ])('of a subscription that %s', (_, before, changes, types) => {
    expect(told('subscription', SUBSCRIPTION)(before, changes)).toEqual(types);
  });

  it.each<[string, Facts | null, Facts, string[]]>([
    ['is new', null, {}, []],
    ['is new and paid', null, { status: 'paid' }, ['invoice.paid']],
    ['was paid', {}, { status: 'paid', attempt_count: 1 }, ['invoice.paid']],
    ['was paid before', { status: 'paid' }, { status: 'paid', number: 'A-2' }, []],
    ['could not be collected', {}, { attempt_count: 1 }, ['invoice.payment_failed']],
    ['could not be collected again', { attempt_count: 1 }, { attempt_count: 2 }, ['invoice.payment_failed']],
    ['is void', { attempt_count: 1 }, { status: 'void', attempt_count: 2 }, []],
  ])('of an invoice that %s', (_, before, changes, types) => {
    expect(told('invoice', INVOICE)(before, changes)).toEqual(types);
  });

  it.each<[string, Facts | null, Facts, string[]]>([
    ['is new', null, {}, []],
    ['was given back', {}, { amount_refunded: 5 }, ['payment.refunded']],
    ['was given back, which failed', { amount_refunded: 5 }, {}, []],
    ['is disputed', {}, { dispute_status: 'needs_response' }, ['payment.disputed', 'entitlements.changed']],
    [
      'was disputed and lost',
      { dispute_status: 'needs_response' },
      { dispute_status: 'lost' },
      ['payment.disputed', 'entitlements.changed'],
    ],
  ])('of a payment that %s', (_, before, changes, types) => {
    expect(told('payment', PAYMENT)(before, changes)).toEqual(types);
  });

  it.each<[string, Facts | null, Facts, string[]]>([
    ['is new', null, {}, ['customer.linked']],
    ['is another one of the payer', {}, { stripe_customer_id: 'cus_2' }, ['customer.linked']],
    ['has another name', {}, { name: 'Eve' }, ['customer.updated']],
    ['is deleted', {}, { deleted_at: '2026' }, ['customer.closed']],
  ])('of a customer that %s', (_, before, changes, types) => {
    expect(told('customer', CUSTOMER)(before, changes)).toEqual(types);
  });
});

describe('what was before', () => {
  it('is told of what changed alone, and of nothing that is new', () => {
    expect(previousOf(CUSTOMER, { ...CUSTOMER, name: null })).toEqual({ name: 'Ada' });
    expect(previousOf(null, CUSTOMER)).toBeNull();
  });
});
