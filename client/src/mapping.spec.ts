import { describe, expect, it } from '@jest/globals';
import { fromWire, toWire } from './mapping.js';

describe('the mapping of names', () => {
  it('turns the keys of answers to camelCase, in lists and inner objects too, and leaves out nulls', () => {
    const wire = [{ id: 1, trial_end: null, scheduled_change: { new_tier: 'starter' }, address_line1: 'a', amount: 0 }];
    expect(fromWire(wire)).toEqual([{ id: 1, scheduledChange: { newTier: 'starter' }, addressLine1: 'a', amount: 0 }]);
  });

  it('leaves the content of an event in the words of Stripe', () => {
    const payload = { api_version: null, data: { amount_paid: 1 } };
    expect(fromWire({ event_id: 'evt_1', payload })).toEqual({ eventId: 'evt_1', payload });
  });

  it('keeps an answer that is null', () => {
    expect(fromWire(null)).toBeNull();
  });

  it('turns the keys of bodies to snake_case and leaves out what is undefined, but not false, 0 or empty texts', () => {
    const body = { cancelAtPeriodEnd: false, trialDays: 0, addressLine2: '', reason: undefined };
    expect(toWire(body)).toEqual({ cancel_at_period_end: false, trial_days: 0, address_line2: '' });
  });
});
