import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subscription } from './subscription.entity.js';
import { byPrecedence, changeOfWaiting, isScheduledToEnd, isSettled } from './subscription-rules.js';
import { LIVE_STATUSES } from './subscription-status.js';

const LATER = new Date('2026-12-22T10:00:00Z');

function row(changes: Partial<Subscription> = {}): Subscription {
  const active = {
    id: 1,
    status: 'active',
    stripeCreated: 1000,
    duplicateOfId: null,
    endedAt: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    hasPendingUpdate: false,
    stripePriceId: 'price_starter',
  };
  return Object.assign(new Subscription(), active, changes);
}

describe('isScheduledToEnd', () => {
  it("is true for Stripe's flag, and for a date alone, which the customer portal sets under flexible billing", () => {
    expect(isScheduledToEnd(row({ cancelAtPeriodEnd: true }))).toBe(true);
    expect(isScheduledToEnd(row({ cancelAt: LATER }))).toBe(true);
  });

  it('is false without either, and once it has ended', () => {
    expect(isScheduledToEnd(row())).toBe(false);
    expect(isScheduledToEnd(row({ cancelAtPeriodEnd: true, cancelAt: LATER, endedAt: LATER }))).toBe(false);
  });
});

describe('byPrecedence', () => {
  const first = (...rows: Subscription[]) => rows.sort(byPrecedence)[0]?.id;

  it('has the oldest of several live subscriptions count', () => {
    expect(first(row({ id: 1, stripeCreated: 2000 }), row({ id: 2, stripeCreated: 1000 }))).toBe(2);
  });

  it('has a paid one count before a first payment that was left undone, however old that is', () => {
    expect(first(row({ id: 1, status: 'incomplete', stripeCreated: 1 }), row({ id: 2, status: 'past_due' }))).toBe(2);
  });

  it('has the one that was known here first count where Stripe stamped the same second', () => {
    expect(first(row({ id: 9 }), row({ id: 4 }))).toBe(4);
  });

  it('elects the same one in whatever order they are looked at', () => {
    const live = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 9 }),
        status: fc.constantFrom(...LIVE_STATUSES),
        stripeCreated: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 2, maxLength: 5, selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(live, (states) => {
        const rows = states.map(row);
        return first(...rows) === first(...[...rows].reverse());
      }),
    );
  });
});

describe('changeOfWaiting', () => {
  it.each(['active', 'trialing'] as const)('sees the first payment made when incomplete becomes %s', (status) => {
    expect(changeOfWaiting(row({ status: 'incomplete' }), { status })).toBe('paid');
  });

  it('sees nothing in a first payment that goes on waiting or is given up by Stripe', () => {
    expect(changeOfWaiting(row({ status: 'incomplete' }), { status: 'incomplete' })).toBeNull();
    expect(changeOfWaiting(row({ status: 'incomplete' }), { status: 'incomplete_expired' })).toBeNull();
  });

  it('tells an upgrade that was paid from one that was given up by the price: Stripe changes it with the payment', () => {
    const waiting = row({ hasPendingUpdate: true });
    const settled = { status: 'active', hasPendingUpdate: false } as const;
    expect(changeOfWaiting(waiting, { ...settled, stripePriceId: 'price_pro' })).toBe('paid');
    expect(changeOfWaiting(waiting, { ...settled, stripePriceId: 'price_starter' })).toBe('given_up');
    expect(changeOfWaiting(waiting, { ...settled, hasPendingUpdate: true })).toBeNull();
  });

  it('sees nothing in a change of price that waited for no payment', () => {
    expect(changeOfWaiting(row(), { hasPendingUpdate: false, stripePriceId: 'price_pro' })).toBeNull();
  });
});

describe('isSettled', () => {
  const AT_STRIPE = { status: 'active', pending_update: null };

  it('is true for the one that counts when nothing of it waits for a payment', () => {
    expect(isSettled(row(), AT_STRIPE)).toBe(true);
  });

  it.each([
    ['a duplicate', { duplicateOfId: 8 }, AT_STRIPE],
    ['one that has ended', { status: 'canceled' }, AT_STRIPE],
    ['one whose first payment is open at Stripe', {}, { status: 'incomplete', pending_update: null }],
    ['one whose upgrade is not paid', {}, { status: 'active', pending_update: { expires_at: 1 } }],
  ] as const)('is false for %s', (_name, changes, atStripe) => {
    expect(isSettled(row(changes), atStripe)).toBe(false);
  });
});
