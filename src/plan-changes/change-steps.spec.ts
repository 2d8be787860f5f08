import { describe, expect, it } from '@jest/globals';
import { isSameScheduled, type State, stepsInPlan, stepsWithPlan } from './change-steps.js';

const SUPPORT = { tier: 'support', quantity: 1 };
const STORAGE = { tier: 'storage', quantity: 2 };
const PRESENT: State = { price: 'price_team', quantity: 5, addOns: [SUPPORT] };
const NOTHING = { quantity: null, addOns: null };
const AT_END = { isTrial: false, when: 'period_end' } as const;

describe('a change of seats and add-ons', () => {
  const steps = (changes: Partial<State>, how: Parameters<typeof stepsInPlan>[3] = AT_END, waiting = null) => {
    const wanted = { ...PRESENT, ...changes };
    const asked = { quantity: changes.quantity ?? null, addOns: changes.addOns ?? null };
    return stepsInPlan(PRESENT, wanted, asked, how, waiting);
  };

  it('has more now, and nothing that waits', () => {
    const more = { quantity: 8, addOns: [SUPPORT, STORAGE] };
    expect(steps(more)).toEqual({ now: { price: 'price_team', ...more }, kind: 'upgrade', later: null });
  });

  it('has fewer at the end of the period, and nothing now', () => {
    expect(steps({ quantity: 3, addOns: [] })).toMatchObject({
      now: PRESENT,
      later: { price: 'price_team', quantity: 3, addOns: [] },
    });
  });

  it('has what is more now and what is less later where both are asked for', () => {
    expect(steps({ quantity: 8, addOns: [STORAGE] })).toEqual({
      now: { price: 'price_team', quantity: 8, addOns: [SUPPORT, STORAGE] },
      kind: 'upgrade',
      later: { price: 'price_team', quantity: null, addOns: [STORAGE] },
    });
  });

  it('has all of it now where that is asked for, and in a trial', () => {
    expect(steps({ quantity: 3 }, { isTrial: false, when: 'now' })).toMatchObject({
      now: { quantity: 3 },
      kind: 'downgrade_now',
      later: null,
    });
    expect(steps({ quantity: 3 }, { isTrial: true, when: 'period_end' })).toMatchObject({
      now: { quantity: 3 },
      kind: 'in_trial',
      later: null,
    });
  });

  it('leaves what waits, but for what it names itself', () => {
    const waiting = { price: 'price_crew', quantity: 2, addOns: [STORAGE] };
    const named = stepsInPlan(PRESENT, { ...PRESENT, quantity: 8 }, { quantity: 8, addOns: null }, AT_END, waiting);
    expect(named.later).toEqual({ price: 'price_crew', quantity: null, addOns: [STORAGE] });
    const own = { ...waiting, price: 'price_team', addOns: null };
    expect(stepsInPlan(PRESENT, PRESENT, { quantity: 5, addOns: null }, AT_END, own).later).toBeNull();
    expect(stepsInPlan(PRESENT, PRESENT, NOTHING, AT_END, waiting).later).toEqual(waiting);
  });
});

describe('a change of plan', () => {
  const wanted = { price: 'price_crew', quantity: 4, addOns: [] };

  it('takes all that was asked for with it, at once or at the end of the period', () => {
    const asked = { quantity: 4, addOns: [] };
    expect(stepsWithPlan(PRESENT, wanted, 'upgrade', asked)).toEqual({ now: wanted, kind: 'upgrade', later: null });
    expect(stepsWithPlan(PRESENT, wanted, 'downgrade_at_period_end', asked)).toMatchObject({
      now: PRESENT,
      later: { price: 'price_crew', quantity: 4, addOns: [] },
    });
  });

  it('that waits carries along what nobody named', () => {
    expect(stepsWithPlan(PRESENT, wanted, 'downgrade_at_period_end', NOTHING).later).toEqual({
      price: 'price_crew',
      ...NOTHING,
    });
  });
});

describe('isSameScheduled', () => {
  it('compares what is named, in any order, and tells what is carried along from what is named', () => {
    const one = { price: 'price_team', quantity: 3, addOns: [SUPPORT, STORAGE] };
    expect(isSameScheduled(one, { ...one, addOns: [STORAGE, SUPPORT] })).toBe(true);
    expect(isSameScheduled(one, { ...one, addOns: null })).toBe(false);
    expect(isSameScheduled(one, { ...one, quantity: null })).toBe(false);
    expect(isSameScheduled(one, null)).toBe(false);
    expect(isSameScheduled(null, null)).toBe(true);
  });
});
