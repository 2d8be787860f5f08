import { describe, expect, it } from '@jest/globals';
import { Catalogue, type CatalogueFeature } from '../catalogue/catalogue.js';
import {
  type HeldOverride,
  type HeldSubscription,
  grantOf,
  standingOf,
  toEntitlementDto,
} from './entitlement-rules.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const END = new Date('2026-12-10T10:00:00Z');
const DAY = 86_400_000;
const POLICY = { graceDays: 7, disputes: 'keep' as const };

const price = [{ interval: 'month' as const, amounts: { usd: 1 } }];
const CATALOGUE = Catalogue.parse(
  {
    currency: 'usd',
    features: {
      projects: { type: 'limit' },
      members: { type: 'limit' },
      sso: { type: 'flag' },
      calls: { type: 'metered' },
    },
    plans: {
      free: { name: 'Free', default: true, features: { projects: 1 } },
      team: { prices: price, seats: { feature: 'members' }, features: { projects: 20, sso: true, calls: 1000 } },
      big: { group: 'other', prices: price, features: { projects: 'unlimited' } },
      more: { add_on: true, prices: price, features: { projects: 5, calls: 500 } },
    },
  },
  'shop.json',
);

function held(changes: Partial<HeldSubscription> = {}): HeldSubscription {
  return {
    status: 'active',
    tier: 'team',
    quantity: 3,
    items: [{ plan: 'team', quantity: 3 }],
    currentPeriodStart: new Date('2026-11-10T10:00:00Z'),
    currentPeriodEnd: END,
    trialEnd: null,
    cancelAt: null,
    dueAt: null,
    pauseCollection: null,
    dispute: null,
    ...changes,
  };
}

const featureOf = (key: string) => CATALOGUE.features.get(key) as CatalogueFeature;
const grant = (key: string, subscriptions: HeldSubscription[], override: HeldOverride | null = null, now = NOW) =>
  grantOf(featureOf(key), subscriptions, override, CATALOGUE, now, POLICY);

describe('how a subscription stands', () => {
  it.each<[string, Partial<HeldSubscription>, string, boolean]>([
    ['trialing', { status: 'trialing', trialEnd: END }, 'trial', true],
    ['active', {}, 'plan', true],
    ['past_due since its period began, which is longer ago than the grace', { status: 'past_due' }, 'past_due', false],
    ['past_due since yesterday', { status: 'past_due', dueAt: new Date(NOW.getTime() - DAY) }, 'grace', true],
    [
      'past_due for longer than the grace',
      { status: 'past_due', dueAt: new Date(NOW.getTime() - 8 * DAY) },
      'past_due',
      false,
    ],
    ['unpaid', { status: 'unpaid' }, 'unpaid', false],
    ['paused', { status: 'paused' }, 'paused', false],
    ['without collection, its invoices void', { pauseCollection: 'void' }, 'paused', false],
    ['without collection, its invoices kept', { pauseCollection: 'keep_as_draft' }, 'plan', true],
    ['incomplete', { status: 'incomplete' }, 'none', false],
    ['canceled', { status: 'canceled' }, 'canceled', false],
    ['incomplete_expired', { status: 'incomplete_expired' }, 'canceled', false],
    ['disputed', { dispute: 'needs_response' }, 'plan', true],
    ['disputed and lost', { dispute: 'lost' }, 'disputed', false],
    ['disputed and won', { dispute: 'won' }, 'plan', true],
    ['in a state that Stripe has not had before', { status: 'hibernating' }, 'plan', true],
  ])('%s', (_, changes, reason, gives) => {
    expect(standingOf(held(changes), NOW, POLICY)).toMatchObject({ reason, gives });
  });

  it('is blocked by an open dispute where the policy says so', () => {
    const disputed = held({ dispute: 'under_review' });
    expect(standingOf(disputed, NOW, { ...POLICY, disputes: 'block' })).toMatchObject({
      reason: 'disputed',
      gives: false,
    });
  });

  it('is known until the period, the trial or the grace ends, or it is cancelled before', () => {
    const cancelAt = new Date('2026-11-30T10:00:00Z');
    const dueAt = new Date(NOW.getTime() - DAY);
    expect(standingOf(held(), NOW, POLICY).until).toEqual(END);
    expect(standingOf(held({ cancelAt }), NOW, POLICY).until).toEqual(cancelAt);
    const late = standingOf(held({ status: 'past_due', dueAt }), NOW, POLICY);
    expect([late.until, late.graceUntil]).toEqual([new Date(dueAt.getTime() + 7 * DAY), late.until]);
  });

  it('has its grace from the due date on, else from the beginning of the period', () => {
    const began = new Date(NOW.getTime() - 6 * DAY);
    expect(standingOf(held({ status: 'past_due', currentPeriodStart: began }), NOW, POLICY).reason).toBe('grace');
  });
});

describe('what a payer has of a feature', () => {
  it('is what the plan gives, and its seats where the feature counts them', () => {
    expect(grant('projects', [held()])).toMatchObject({ value: 20, reason: 'plan', plan: 'team' });
    expect(grant('members', [held()])).toMatchObject({ value: 3 });
    expect(grant('sso', [held()])).toMatchObject({ value: true });
  });

  it('is added up over groups and add-ons', () => {
    const more = held({
      items: [
        { plan: 'team', quantity: 1 },
        { plan: 'more', quantity: 2 },
      ],
    });
    expect(grant('projects', [more]).value).toBe(30);
    expect(grant('calls', [more]).value).toBe(2000);
    expect(grant('projects', [more, held({ tier: 'big', items: [] })]).value).toBe('unlimited');
  });

  it('falls back to the default plan, and keeps the refusing reason for what that lacks', () => {
    const unpaid = held({ status: 'unpaid' });
    expect(grant('projects', [unpaid])).toMatchObject({ value: 1, reason: 'default_plan', plan: 'free' });
    expect(grant('sso', [unpaid])).toMatchObject({ value: false, reason: 'unpaid', plan: null });
    expect(grant('sso', [])).toMatchObject({ value: false, reason: 'none' });
    expect(grant('projects', [])).toMatchObject({ value: 1, reason: 'default_plan' });
  });

  it('is what an operator says, until then', () => {
    expect(grant('projects', [held()], { value: 100, until: null })).toMatchObject({ value: 100, reason: 'override' });
    expect(grant('sso', [held()], { value: false, until: END })).toMatchObject({ value: false, until: END });
    expect(grant('projects', [held()], { value: 100, until: new Date(NOW.getTime() - 1) }).value).toBe(20);
  });
});

describe('the answer', () => {
  const answer = (key: string, used: number, subscriptions = [held()]) =>
    toEntitlementDto(featureOf(key), grant(key, subscriptions), used, { start: NOW, end: END });

  it('says how much is left, and when the limit is reached', () => {
    expect(answer('projects', 12)).toMatchObject({
      allowed: true,
      limit: 20,
      used: 12,
      remaining: 8,
      source: 'service',
    });
    expect(answer('projects', 20)).toMatchObject({ allowed: false, reason: 'limit_reached', remaining: 0 });
    expect(answer('projects', 25)).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('has no numbers for a flag, and no limit for what is unlimited', () => {
    expect(answer('sso', 0)).toMatchObject({ allowed: true, limit: null, remaining: null, resets_at: null });
    const big = [held({ tier: 'big', items: [] })];
    expect(answer('projects', 1_000, big)).toMatchObject({ allowed: true, limit: null, remaining: null, used: 1_000 });
  });

  it('is no for who has nothing, with the reason', () => {
    expect(answer('sso', 0, [])).toMatchObject({ allowed: false, reason: 'none', plan: null });
    expect(answer('calls', 0, [held({ status: 'canceled' })])).toMatchObject({
      allowed: false,
      reason: 'canceled',
      limit: 0,
      remaining: 0,
    });
  });
});
