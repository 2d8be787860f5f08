import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { builtInCatalogue } from '../catalogue/built-in-catalogue.js';
import { BillingError } from '../common/billing-error.js';
import { Customer } from '../customers/customer.entity.js';
import { SUBSCRIPTION_STATUSES } from '../subscriptions/subscription-status.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { type UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { isPaying, kindOfChange as kindOf, refuseByState, wantedPlan as wanted } from './plan-change.js';

const CATALOGUE = builtInCatalogue();
const TIERS = ['starter', 'professional', 'enterprise'] as const;
const INTERVALS = ['month', 'year'] as const;
const rankOf = (tier: string) => CATALOGUE.plans.get(tier)?.rank ?? -1;
const wantedPlan = (from: Subscription, wish: UpdateSubscriptionDto) => wanted(from, wish, CATALOGUE);
const kindOfChange = (
  from: Subscription,
  plan: { tier: string; interval: 'month' | 'year' },
  when: 'now' | 'period_end',
) => kindOf(from, { ...plan, intervalCount: 1 }, when, rankOf);

function row(changes: Partial<Subscription> = {}): Subscription {
  const values = {
    status: 'active',
    tier: 'professional',
    interval: 'month',
    intervalCount: 1,
    endedAt: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    stripeDefaultPaymentMethodId: null,
  };
  const planGroup = changes.tier === 'custom' ? null : 'main';
  return Object.assign(new Subscription(), { ...values, planGroup }, changes);
}

function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof BillingError) return error.code;
    throw error;
  }
}

describe('wantedPlan', () => {
  it('keeps what the caller does not name', () => {
    expect(wantedPlan(row(), { tier: 'enterprise' })).toEqual({
      tier: 'enterprise',
      interval: 'month',
      intervalCount: 1,
    });
    expect(wantedPlan(row(), { interval: 'year' })).toEqual({
      tier: 'professional',
      interval: 'year',
      intervalCount: 1,
    });
  });

  it('is none for a change of the card alone', () => {
    expect(wantedPlan(row(), { payment_method_id: 'pm_1' })).toBeNull();
  });

  it('is the present one for whoever names what the answer says, also where that is not sold', () => {
    expect(wantedPlan(row(), { tier: ' Professional ' })).toBe('present');
    expect(wantedPlan(row(), { tier: 'professional', interval: 'month' })).toBe('present');
    expect(wantedPlan(row({ tier: 'custom', interval: 'week' }), { tier: 'custom', interval: 'week' })).toBe('present');
    expect(wantedPlan(row(), { interval: 'month' })).toBe('present');
  });

  it.each([{}, { tier: undefined, interval: null }, { when: 'now' }])('refuses %j, which names nothing', (wish) => {
    expect(codeOf(() => wantedPlan(row(), wish as UpdateSubscriptionDto))).toBe('nothing_to_update');
  });

  it('refuses to keep an interval that is not sold', () => {
    expect(codeOf(() => wantedPlan(row({ interval: 'week' }), { tier: 'starter' }))).toBe('invalid_interval');
  });

  it.each([{ interval: 'year' }, { tier: 'starter' }, { tier: 'starter', interval: 'year' }])(
    'refuses %j for a subscription of no plan',
    (wish) => {
      const contract = row({ tier: 'custom', interval: 'week' });
      expect(codeOf(() => wantedPlan(contract, wish))).toBe('not_in_catalogue');
    },
  );

  it('says what is wrong with a tier or an interval also to whoever has no plan', () => {
    expect(codeOf(() => wantedPlan(row({ tier: 'custom' }), { tier: 'gold' }))).toBe('invalid_tier');
    expect(codeOf(() => wantedPlan(row({ tier: 'custom' }), { interval: 'week' }))).toBe('invalid_interval');
  });
});

describe('kindOfChange', () => {
  const kind = (from: Partial<Subscription>, tier: (typeof TIERS)[number], interval: 'month' | 'year') =>
    kindOfChange(row(from), { tier, interval }, 'period_end');

  it('takes a higher tier for an upgrade, whatever the interval', () => {
    expect(kind({}, 'enterprise', 'month')).toBe('upgrade');
    expect(kind({ interval: 'year' }, 'enterprise', 'month')).toBe('upgrade');
  });

  it('takes the same tier from month to year for an upgrade, and from year to month for a downgrade', () => {
    expect(kind({}, 'professional', 'year')).toBe('upgrade');
    expect(kind({ interval: 'year' }, 'professional', 'month')).toBe('downgrade_at_period_end');
  });

  it('takes a year for an upgrade of six months, and for a downgrade of two years', () => {
    expect(kind({ intervalCount: 6 }, 'professional', 'year')).toBe('upgrade');
    expect(kind({ intervalCount: 24 }, 'professional', 'year')).toBe('downgrade_at_period_end');
  });

  it('takes a lower tier for a downgrade, also from month to year', () => {
    expect(kind({}, 'starter', 'month')).toBe('downgrade_at_period_end');
    expect(kind({}, 'starter', 'year')).toBe('downgrade_at_period_end');
  });

  it('has a downgrade wait for the end of the period unless it is wanted now', () => {
    expect(kindOfChange(row(), { tier: 'starter', interval: 'month' }, 'now')).toBe('downgrade_now');
  });

  it('never has an upgrade wait: what the caller says of the moment changes nothing', () => {
    const plans = fc.record({ tier: fc.constantFrom(...TIERS), interval: fc.constantFrom(...INTERVALS) });
    fc.assert(
      fc.property(plans, plans, (from, to) => {
        const [later, now] = [kindOfChange(row(from), to, 'period_end'), kindOfChange(row(from), to, 'now')];
        return later === 'upgrade' ? now === 'upgrade' : now === 'downgrade_now';
      }),
    );
  });

  it('is always a change in the trial while the trial runs', () => {
    expect(kind({ status: 'trialing' }, 'enterprise', 'year')).toBe('in_trial');
    expect(kind({ status: 'trialing' }, 'starter', 'month')).toBe('in_trial');
  });
});

describe('refuseByState', () => {
  const plan = (changes: Partial<Subscription>) => codeOf(() => refuseByState(row(changes), true));
  const card = (changes: Partial<Subscription>) => codeOf(() => refuseByState(row(changes), false));

  it('allows a change of plan when trialing or active, and only then', () => {
    const allowed = SUBSCRIPTION_STATUSES.filter((status) => plan({ status }) === null);
    expect(allowed).toEqual(['trialing', 'active']);
    expect(plan({ status: 'past_due' })).toBe('subscription_state');
  });

  it('allows another card also when past_due or unpaid, where it pays the open invoice, and when paused', () => {
    const allowed = SUBSCRIPTION_STATUSES.filter((status) => card({ status }) === null);
    expect(allowed).toEqual(['trialing', 'active', 'past_due', 'unpaid', 'paused']);
  });

  it('refuses a change of plan of what is to end, by the flag or by a date, but no card', () => {
    const date = { cancelAt: new Date('2026-12-22T10:00:00Z') };
    expect(plan({ cancelAtPeriodEnd: true })).toBe('scheduled_for_cancellation');
    expect(plan(date)).toBe('scheduled_for_cancellation');
    expect(card({ cancelAtPeriodEnd: true })).toBeNull();
  });
});

describe('isPaying', () => {
  const customer = Object.assign(new Customer(), { stripeCustomerId: 'cus_1', defaultStripePaymentMethodId: 'pm_1' });
  const pays = (stripeId: string, own: string | null, attached = true) =>
    isPaying({ stripeId, attached }, row({ stripeDefaultPaymentMethodId: own }), customer);

  it("has the subscription's own card go before the customer's default", () => {
    expect([pays('pm_2', 'pm_2'), pays('pm_1', 'pm_2'), pays('pm_1', null), pays('pm_2', null)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('is false for a card that is not attached yet', () => {
    expect(pays('pm_1', null, false)).toBe(false);
  });
});
