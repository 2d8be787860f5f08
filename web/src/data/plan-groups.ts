import { type Plan } from 'stripe-billing-client';

/** Plans of which one has at most one at a time. */
export interface PlanGroup {
  key: string;
  /** What its subscription is asked for with; absent for the default group, which may answer one of no group. */
  query: string | undefined;
  /** In the order of the catalogue; without add-ons. */
  plans: Plan[];
}

const MAIN = 'main';

/** The groups of the plans, at least one. */
export function groupsOf(plans: readonly Plan[]): PlanGroup[] {
  const own = plans.filter(({ addOn }) => !addOn);
  const keys = [...new Set(own.flatMap(({ group }) => group ?? []))];
  const byDefault = keys.includes(MAIN) ? MAIN : (own.find((plan) => plan.default)?.group ?? keys[0] ?? MAIN);
  return (keys.length === 0 ? [MAIN] : keys).map((key) => ({
    key,
    query: key === byDefault ? undefined : key,
    plans: own.filter(({ group }) => group === key),
  }));
}

/** A key of the catalogue as a heading: `data_rooms` → `Data rooms`. */
export function titleOf(key: string): string {
  const words = key.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
