import { expect } from '@jest/globals';
import { type Caller } from '../../support/caller.js';
import { type Contract } from './contract.js';
import { type DrawnFeature, type DrawnPlan, type FeatureValue, type Shop } from './shop.js';
import { type Subscriber } from './subscriber.js';

interface Answer {
  feature: string;
  allowed: boolean;
  reason: string;
  limit: number | null;
  plan: string | null;
}

/** What somebody may use is what the plans that they have say, else what the default plan says. */
export async function expectEntitlements(shop: Shop, caller: Caller, all: readonly Subscriber[]): Promise<void> {
  const { body } = await caller.get('/entitlements').expect(200);
  const answers = body as Answer[];
  const expected = shop.features.map((feature) => expectedOf(shop, feature, all));
  expect(answers).toMatchObject(expected);
}

function expectedOf(shop: Shop, feature: DrawnFeature, all: readonly Subscriber[]): Partial<Answer> {
  const live = all.filter(({ hasEnded }) => !hasEnded);
  const gifts = live
    .map((one) => ({ one, value: valueIn(feature, one.contract) }))
    .filter(({ value }) => isSomething(value))
    .sort((left, right) => (left.one.group < right.one.group ? -1 : 1));
  const [first] = gifts;
  if (first !== undefined) {
    const value = gifts.slice(1).reduce((sum, gift) => sumOf(sum, gift.value), first.value);
    const reason = first.one.isTrial ? 'trial' : 'plan';
    return {
      feature: feature.key,
      allowed: true,
      reason,
      limit: limitOf(feature, value),
      plan: first.one.contract.plan.key,
    };
  }
  const fallback = shop.plans.find(({ isDefault }) => isDefault);
  const value = fallback?.features[feature.key] ?? false;
  if (fallback !== undefined && isSomething(value))
    return {
      feature: feature.key,
      allowed: true,
      reason: 'default_plan',
      limit: limitOf(feature, value),
      plan: fallback.key,
    };
  const reason = live.length < all.length ? 'canceled' : 'none';
  return { feature: feature.key, allowed: false, reason, limit: limitOf(feature, false), plan: null };
}

function valueIn({ key }: DrawnFeature, { plan, quantity, addOns }: Contract): FeatureValue {
  const own = plan.seats?.feature === key ? quantity : valueOf(plan, key);
  return addOns.reduce<FeatureValue>((sum, addOn) => {
    const value = valueOf(addOn.plan, key);
    return sumOf(sum, typeof value === 'number' ? value * addOn.quantity : value);
  }, own);
}

function valueOf({ features }: DrawnPlan, key: string): FeatureValue {
  return features[key] ?? false;
}

function isSomething(value: FeatureValue): boolean {
  return value !== false && value !== 0;
}

function sumOf(one: FeatureValue, other: FeatureValue): FeatureValue {
  if (one === 'unlimited' || other === 'unlimited') return 'unlimited';
  if (typeof one === 'boolean' && typeof other === 'boolean') return one || other;
  return Number(one) + Number(other);
}

function limitOf({ type }: DrawnFeature, value: FeatureValue): number | null {
  return type === 'flag' || value === 'unlimited' ? null : Number(value);
}
