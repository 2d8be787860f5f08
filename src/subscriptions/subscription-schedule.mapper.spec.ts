import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { SubscriptionSchedule } from './subscription-schedule.entity.js';
import { hasEnded, phasesWithNext, toScheduleColumns, toScheduledChange } from './subscription-schedule.mapper.js';
import { Subscription } from './subscription.entity.js';
import { type PlanOfPrice } from './subscription.mapper.js';

const STARTED = 1_795_341_600; // 2026-11-22T10:00:00Z
const PERIOD_END = 1_797_933_600; // 2026-12-22T10:00:00Z

const CURRENT = {
  start_date: STARTED,
  end_date: PERIOD_END,
  items: [{ price: 'price_pro', quantity: 3 }],
  discounts: [],
  trial_end: null,
};
const NEXT = { ...CURRENT, start_date: PERIOD_END, end_date: PERIOD_END + 86_400, items: [{ price: 'price_starter' }] };

function schedule(changes: object = {}): Stripe.SubscriptionSchedule {
  return {
    id: 'sub_sched_1',
    object: 'subscription_schedule',
    status: 'active',
    subscription: 'sub_1',
    current_phase: { start_date: STARTED, end_date: PERIOD_END },
    phases: [CURRENT, NEXT],
    ...changes,
  } as unknown as Stripe.SubscriptionSchedule;
}

describe('Stripe schedule → row', () => {
  it('keeps the price that follows the current phase and when it does', () => {
    expect(toScheduleColumns(schedule(), 7)).toEqual({
      customerId: 7,
      stripeScheduleId: 'sub_sched_1',
      stripeSubscriptionId: 'sub_1',
      status: 'active',
      nextStripePriceId: 'price_starter',
      nextPhaseAt: new Date('2026-12-22T10:00:00Z'),
    });
  });

  it('has nothing that follows in its last phase', () => {
    const last = schedule({ current_phase: { start_date: PERIOD_END, end_date: PERIOD_END + 86_400 } });
    expect(toScheduleColumns(last, 7)).toMatchObject({ nextStripePriceId: null, nextPhaseAt: null });
  });

  it('has the first phase follow before the schedule begins', () => {
    expect(toScheduleColumns(schedule({ status: 'not_started', current_phase: null }), 7)).toMatchObject({
      nextStripePriceId: 'price_pro',
    });
  });

  it.each(['released', 'canceled', 'completed'])(
    'has nothing follow once it is %s, though Stripe keeps the phases',
    (status) => {
      expect(hasEnded(status)).toBe(true);
      expect(toScheduleColumns(schedule({ status }), 7)).toMatchObject({ nextStripePriceId: null, nextPhaseAt: null });
    },
  );

  it.each(['not_started', 'active', 'a_status_of_next_year'])('does not take %s for an end', (status) => {
    expect(hasEnded(status)).toBe(false);
  });
});

describe('the scheduled change of a subscription', () => {
  const AT = new Date('2026-12-22T10:00:00Z');
  const row = Object.assign(new Subscription(), { stripePriceId: 'price_pro', interval: 'month' });
  const planOf: PlanOfPrice = (id) => (id === 'price_starter' ? { tier: 'starter', interval: 'year' } : null);
  const change = (values: Partial<SubscriptionSchedule>) =>
    toScheduledChange(
      row,
      Object.assign(new SubscriptionSchedule(), { nextStripePriceId: 'price_starter', nextPhaseAt: AT }, values),
      planOf,
    );

  it('is the plan of the next price', () => {
    expect(change({})).toEqual({ tier: 'starter', interval: 'year', at: AT });
  });

  it('is custom with the present interval where the next price is none of ours', () => {
    expect(change({ nextStripePriceId: 'price_other' })).toEqual({ tier: 'custom', interval: 'month', at: AT });
  });

  it('is none without a schedule, without a next phase, and where the next phase keeps the price', () => {
    expect(toScheduledChange(row, undefined, planOf)).toBeNull();
    expect(change({ nextStripePriceId: null })).toBeNull();
    expect(change({ nextPhaseAt: null })).toBeNull();
    expect(change({ nextStripePriceId: 'price_pro' })).toBeNull();
  });
});

describe('the phases of a change at the end of the period', () => {
  const next = { priceId: 'price_starter', interval: 'month' } as const;

  it('are the present one as it is and one interval of the next price with the same quantity', () => {
    expect(phasesWithNext(schedule({ phases: [CURRENT] }), next)).toEqual([
      { items: [{ price: 'price_pro', quantity: 3 }], start_date: STARTED, end_date: PERIOD_END },
      {
        items: [{ price: 'price_starter', quantity: 3 }],
        start_date: PERIOD_END,
        duration: { interval: 'month' },
      },
    ]);
  });

  it('leave out a next phase that was there before', () => {
    expect(phasesWithNext(schedule(), next)).toEqual(phasesWithNext(schedule({ phases: [CURRENT] }), next));
  });

  it('begin with the phase that is under way, not with one that is over', () => {
    const over = { ...CURRENT, start_date: STARTED - 86_400, end_date: STARTED, items: [{ price: 'price_first' }] };
    expect(phasesWithNext(schedule({ phases: [over, CURRENT] }), next)).toEqual(
      phasesWithNext(schedule({ phases: [CURRENT] }), next),
    );
  });

  it('carry the discounts along by their ids, in both, and an expanded price by its id', () => {
    const discounts = [{ discount: 'di_1' }, { discount: { id: 'di_2' } }, { discount: null, coupon: 'SAVE20' }];
    const items = [{ price: { id: 'price_pro' } }];
    const phases = phasesWithNext(schedule({ phases: [{ ...CURRENT, items, discounts }] }), next);
    const kept = [{ discount: 'di_1' }, { discount: 'di_2' }];
    expect(phases.map((phase) => phase.discounts)).toEqual([kept, kept]);
    expect(phases[0]?.items).toEqual([{ price: 'price_pro', quantity: 1 }]);
  });

  it('keep the end of a trial that is under way', () => {
    const [present] = phasesWithNext(schedule({ phases: [{ ...CURRENT, trial_end: PERIOD_END }] }), next);
    expect(present).toMatchObject({ trial_end: PERIOD_END });
  });

  it('cannot be made of a schedule without any', () => {
    expect(() => phasesWithNext(schedule({ phases: [] }), next)).toThrow('has a phase');
  });
});
