import { BillingError } from '../common/billing-error.js';
import { type BillingInterval, type Tier } from '../config/app-config.js';

/** The tiers that can be bought, from the lowest to the highest. */
export const TIERS = ['starter', 'professional', 'enterprise'] as const satisfies readonly Tier[];
export const BILLING_INTERVALS = ['month', 'year'] as const satisfies readonly BillingInterval[];

/** A tier, and how often it is paid. */
export interface Plan {
  tier: Tier;
  interval: BillingInterval;
}

/**
 * The tier that a caller names, without regard to case and surrounding spaces.
 * @throws BillingError invalid_tier for every other text; `free` is one, since it cannot be bought
 */
export function parseTier(text: string): Tier {
  const tier = TIERS.find((known) => isTier(text, known));
  if (tier === undefined) throw new BillingError('invalid_tier', `Invalid tier: ${text}`);
  return tier;
}

/** Whether a caller means this tier, without regard to case and surrounding spaces. */
export function isTier(text: string, tier: string): boolean {
  return text.trim().toLowerCase() === tier;
}

/**
 * The interval that a caller names: `month` or `year`, exactly so.
 * @throws BillingError invalid_interval for every other text
 */
export function parseInterval(text: string): BillingInterval {
  const interval = BILLING_INTERVALS.find((known) => known === text);
  if (interval === undefined) throw new BillingError('invalid_interval', `Invalid interval: ${text}`);
  return interval;
}

/** Place of a tier among the others; the higher one costs more. Below all of them: one that is not sold. */
export function rank(tier: string): number {
  return TIERS.findIndex((known) => known === tier);
}
