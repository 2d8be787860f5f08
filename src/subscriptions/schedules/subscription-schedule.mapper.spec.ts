import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { SubscriptionSchedule } from './subscription-schedule.entity.js';
import { type FindPlan } from '../../catalogue/plan-of-price.js';
import {
  basisOf,
  hasEnded,
  lastItemsOf,
  laterPhases,
  metadataOf,
  nextItemsOf,
  type NextPlan,
  phasesWithNext,
  type PriceKnowledge,
  toScheduleColumns,
  toScheduledChange,
} from './subscription-schedule.mapper.js';
import { Subscription } from '../subscription.entity.js';

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

const findPlan: FindPlan = ({ id, product }) => {
  if (id === 'price_starter') return { tier: 'starter', group: 'main', rank: 1, isCurrent: true };
  if (id === 'price_pro') return { tier: 'professional', group: 'main', rank: 2, isCurrent: true };
  return product === 'prod_pro' ? { tier: 'professional', group: 'main', rank: 2, isCurrent: false } : null;
};
const PRICES: PriceKnowledge = {
  findPlan,
  findSold: () => null,
  periodOf: (id) => (id === 'price_starter' ? { interval: 'year', intervalCount: 1 } : null),
};

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
    expect(toScheduleColumns(schedule(), 7, PRICES)).toEqual({
      customerId: 7,
      stripeScheduleId: 'sub_sched_1',
      stripeSubscriptionId: 'sub_1',
      status: 'active',
      nextStripePriceId: 'price_starter',
      nextTier: 'starter',
      nextInterval: 'year',
      nextIntervalCount: 1,
      nextQuantity: 1,
      nextAddOns: [],
      nextPhaseAt: new Date('2026-12-22T10:00:00Z'),
      drawn: null,
    });
  });

  it('takes the price of the plan, wherever it stands, and custom for a phase without one', () => {
    const next = (items: object[]) => toScheduleColumns(schedule({ phases: [CURRENT, { ...NEXT, items }] }), 7, PRICES);
    expect(next([{ price: 'price_storage' }, { price: { id: 'price_old', product: 'prod_pro' } }])).toMatchObject({
      nextStripePriceId: 'price_old',
      nextTier: 'professional',
    });
    expect(next([{ price: 'price_storage' }])).toMatchObject({ nextTier: 'custom', nextInterval: null });
  });

  it('has nothing that follows in its last phase', () => {
    const last = schedule({ current_phase: { start_date: PERIOD_END, end_date: PERIOD_END + 86_400 } });
    expect(toScheduleColumns(last, 7, PRICES)).toMatchObject({ nextStripePriceId: null, nextPhaseAt: null });
  });

  it('has the first phase follow before the schedule begins', () => {
    expect(toScheduleColumns(schedule({ status: 'not_started', current_phase: null }), 7, PRICES)).toMatchObject({
      nextStripePriceId: 'price_pro',
    });
  });

  it.each(['released', 'canceled', 'completed'])(
    'has nothing follow once it is %s, though Stripe keeps the phases',
    (status) => {
      expect(hasEnded(status)).toBe(true);
      expect(toScheduleColumns(schedule({ status }), 7, PRICES)).toMatchObject({
        nextStripePriceId: null,
        nextPhaseAt: null,
      });
    },
  );

  it.each(['not_started', 'active', 'a_status_of_next_year'])('does not take %s for an end', (status) => {
    expect(hasEnded(status)).toBe(false);
  });
});

describe('the scheduled change of a subscription', () => {
  const AT = new Date('2026-12-22T10:00:00Z');
  const row = Object.assign(new Subscription(), {
    stripePriceId: 'price_pro',
    interval: 'month',
    quantity: 3,
    addOns: null,
  });
  const change = (values: Partial<SubscriptionSchedule>) =>
    toScheduledChange(
      row,
      Object.assign(
        new SubscriptionSchedule(),
        {
          nextStripePriceId: 'price_starter',
          nextTier: null,
          nextInterval: null,
          nextIntervalCount: null,
          nextQuantity: null,
          nextAddOns: null,
          nextPhaseAt: AT,
        },
        values,
      ),
      PRICES,
    );

  /** What a row of the release before, which knows the price alone, leads to. */
  const SAME = { intervalCount: 1, quantity: 3, addOns: [], at: AT };

  it('is told also where only seats or add-ons change', () => {
    const same = { nextStripePriceId: 'price_pro', nextQuantity: 3, nextAddOns: [] };
    expect(change(same)).toBeNull();
    expect(change({ ...same, nextQuantity: 2 })).toMatchObject({ quantity: 2 });
    expect(change({ ...same, nextAddOns: [{ tier: 'support', quantity: 1 }] })).toMatchObject({
      addOns: [{ tier: 'support', quantity: 1 }],
    });
  });

  it('is the plan of the next price', () => {
    expect(change({})).toEqual({ tier: 'starter', interval: 'year', ...SAME });
  });

  it('is what the row says of a price that nothing else is known of', () => {
    const earlier = { nextStripePriceId: 'price_old', nextTier: 'professional', nextInterval: 'week' };
    expect(change(earlier)).toEqual({ tier: 'professional', interval: 'week', ...SAME });
  });

  it('is custom with the present interval where the next price is none of ours', () => {
    expect(change({ nextStripePriceId: 'price_other' })).toEqual({ tier: 'custom', interval: 'month', ...SAME });
  });

  it('is none without a schedule, without a next phase, and where the next phase keeps the price', () => {
    expect(toScheduledChange(row, undefined, PRICES)).toBeNull();
    expect(change({ nextStripePriceId: null })).toBeNull();
    expect(change({ nextPhaseAt: null })).toBeNull();
    expect(change({ nextStripePriceId: 'price_pro' })).toBeNull();
  });
});

describe('the phases of a change at the end of the period', () => {
  /** The plan at another price, with as many units. */
  const nextOf = ({ items: { data } }: Stripe.Subscription): NextPlan => {
    const item = data.find(({ price }) => price.id === 'price_pro') ?? null;
    const lines = [{ item, price: 'price_starter', quantity: item?.quantity ?? 1 }];
    return { lines, removed: [], interval: 'month', intervalCount: 1 };
  };
  const STORAGE = { id: 'si_2', price: { id: 'price_storage' }, quantity: 2, metadata: { rack: '7' } };
  const CALLS = {
    id: 'si_3',
    price: { id: 'price_calls' },
    metadata: {},
    discounts: ['di_9'],
    tax_rates: [{ id: 'txr_1' }],
  };
  const plan = (changes: object = {}) => ({
    id: 'si_1',
    price: { id: 'price_pro', recurring: { interval: 'month', interval_count: 1 } },
    quantity: 3,
    metadata: {},
    current_period_end: PERIOD_END,
    ...changes,
  });

  function subscription(changes: object = {}, items: object[] = [plan()]): Stripe.Subscription {
    const values = {
      id: 'sub_1',
      status: 'active',
      discounts: [],
      default_payment_method: null,
      default_tax_rates: [],
      collection_method: 'charge_automatically',
      days_until_due: null,
      metadata: { deal: '9' },
      ...changes,
    };
    return { ...values, items: { data: items } } as unknown as Stripe.Subscription;
  }
  const phasesOf = (source: Stripe.Subscription) => phasesWithNext(schedule(), source, nextOf(source), findPlan);

  it('are the present one as it is and one interval of the next price with the same quantity', () => {
    expect(phasesOf(subscription())).toEqual([
      { items: [{ price: 'price_pro', quantity: 3 }], start_date: STARTED, end_date: PERIOD_END },
      {
        items: [{ price: 'price_starter', quantity: 3 }],
        start_date: PERIOD_END,
        duration: { interval: 'month', interval_count: 1 },
        proration_behavior: 'none',
      },
    ]);
  });

  it('say whose the subscription is, as it does itself, and nothing more of its metadata', () => {
    const metadata = { billing_instance: 'instance-1', billing_payer: 'user:ada' };
    const phases = phasesOf(subscription({ metadata: { ...metadata, deal: '9' } }));
    expect(phases.map((phase) => phase.metadata)).toEqual([metadata, metadata]);
  });

  it('carry every other item along, with its quantity, discounts, tax rates and metadata, and metered ones without one', () => {
    const [present, later] = phasesOf(subscription({}, [STORAGE, plan(), CALLS]));
    const storage = { price: 'price_storage', quantity: 2, metadata: { rack: '7' } };
    const calls = { price: 'price_calls', discounts: [{ discount: 'di_9' }], tax_rates: ['txr_1'] };
    expect(present?.items).toEqual([storage, { price: 'price_pro', quantity: 3 }, calls]);
    expect(later?.items).toEqual([storage, { price: 'price_starter', quantity: 3 }, calls]);
  });

  it('carry the settings of the subscription along', () => {
    const source = subscription({
      discounts: ['di_1', { id: 'di_2' }],
      default_payment_method: { id: 'pm_1' },
      default_tax_rates: [{ id: 'txr_2' }],
      collection_method: 'send_invoice',
      days_until_due: 14,
    });
    const kept = {
      discounts: [{ discount: 'di_1' }, { discount: 'di_2' }],
      default_payment_method: 'pm_1',
      default_tax_rates: ['txr_2'],
      collection_method: 'send_invoice',
      invoice_settings: { days_until_due: 14 },
    };
    expect(phasesOf(source)).toMatchObject([kept, kept]);
  });

  it('change with the period of the plan, not with that of an add-on', () => {
    const monthly = { ...STORAGE, current_period_end: STARTED + 86_400 };
    expect(phasesOf(subscription({}, [monthly, plan()]))).toMatchObject([
      { end_date: PERIOD_END },
      { start_date: PERIOD_END },
    ]);
  });

  it('begin a period of the new interval with it, where nothing else has one under way then', () => {
    const next = (items: object[], changes: Partial<NextPlan> = {}) => {
      const source = subscription({}, items);
      const [, later] = phasesWithNext(schedule(), source, { ...nextOf(source), ...changes }, findPlan);
      return later?.billing_cycle_anchor;
    };
    const yearly: Partial<NextPlan> = { interval: 'year' };
    expect(next([plan()])).toBeUndefined();
    expect(next([plan()], yearly)).toBe('phase_start');
    expect(next([plan()], { intervalCount: 3 })).toBe('phase_start');
    expect(next([plan(), { ...STORAGE, current_period_end: PERIOD_END }], yearly)).toBe('phase_start');
    expect(next([plan(), { ...STORAGE, current_period_end: PERIOD_END + 60 }], yearly)).toBeUndefined();
  });

  it('begin with the phase that is under way, not with one that is over', () => {
    const source = subscription();
    const over = { ...CURRENT, start_date: STARTED - 86_400, end_date: STARTED };
    const phases = phasesWithNext(schedule({ phases: [over, CURRENT] }), source, nextOf(source), findPlan);
    expect(phases).toEqual(phasesOf(subscription()));
  });

  it('keep the end of a trial that is under way', () => {
    const [present] = phasesOf(subscription({ status: 'trialing', trial_end: PERIOD_END }));
    expect(present).toMatchObject({ trial_end: PERIOD_END });
  });

  it('cannot be made of a subscription without any item', () => {
    expect(() => phasesOf(subscription({}, []))).toThrow('has a phase');
  });

  it('are to be drawn anew when anything is changed that they repeat, and then alone', () => {
    const basis = basisOf(subscription(), findPlan);
    const changed = [
      subscription({ discounts: ['di_1'] }),
      subscription({ default_payment_method: 'pm_1' }),
      subscription({}, [plan({ quantity: 8 })]),
      subscription({}, [plan({ metadata: { seat: '1' } })]),
      subscription({}, [plan(), STORAGE]),
      subscription({}, [plan({ current_period_end: PERIOD_END + 60 })]),
    ];
    expect(changed.map((source) => basisOf(source, findPlan)).includes(basis)).toBe(false);
    expect(basisOf(subscription({ metadata: {}, latest_invoice: 'in_2' }), findPlan)).toBe(basis);
  });
});

describe('the phases of a schedule that somebody else made', () => {
  it('are put back as they were', () => {
    const discounts = [
      { discount: { id: 'di_1' } },
      { coupon: 'SAVE20', discount: null },
      { promotion_code: 'promo_1' },
    ];
    const later = {
      ...NEXT,
      metadata: { step: '2' },
      proration_behavior: 'none',
      billing_cycle_anchor: 'phase_start',
      discounts,
      default_payment_method: null,
    };
    expect(laterPhases(schedule({ phases: [CURRENT, later] }))).toEqual([
      {
        items: [{ price: 'price_starter' }],
        start_date: PERIOD_END,
        end_date: PERIOD_END + 86_400,
        proration_behavior: 'none',
        billing_cycle_anchor: 'phase_start',
        metadata: { step: '2' },
        discounts: [{ discount: 'di_1' }, { coupon: 'SAVE20' }, { promotion_code: 'promo_1' }],
      },
    ]);
  });

  it('are known by the items that follow', () => {
    const items = [{ price: 'price_starter' }];
    expect(nextItemsOf(schedule())).toBe(lastItemsOf([{ items: [{ price: 'price_pro' }] }, { items }]));
    expect(nextItemsOf(schedule())).not.toBe(lastItemsOf([{ items: [{ price: 'price_starter', quantity: 2 }] }]));
    expect(nextItemsOf(schedule({ phases: [CURRENT] }))).toBe(lastItemsOf([]));
  });

  it('are told from ours by what Stripe keeps with those', () => {
    const drawn = { basis: 'b', next: 'n' };
    expect(toScheduleColumns(schedule({ metadata: metadataOf(drawn) }), 7, PRICES)).toMatchObject({ drawn });
    expect(toScheduleColumns(schedule({ metadata: { drawn_basis: 'b' } }), 7, PRICES)).toMatchObject({ drawn: null });
  });
});
