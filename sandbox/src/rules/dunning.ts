import { SECONDS_PER_DAY } from './billing-cycle.js';

/** What happens to a subscription after the last failed retry. */
export type FinalAction = 'cancel' | 'unpaid' | 'past_due';

/** How failed renewals are retried. */
export interface DunningSettings {
  /** Days between one failed attempt and the next, in order; as many retries as entries. */
  retry_after_days: number[];
  final_action: FinalAction;
}

/** Three retries within two weeks, then the subscription is canceled. */
export const DEFAULT_DUNNING: DunningSettings = { retry_after_days: [3, 5, 7], final_action: 'cancel' };

/** Codes of issuers after which Stripe charges only another payment method, never the same one again. */
const HARD_DECLINES = new Set([
  'authentication_required',
  'highest_risk_level',
  'incorrect_number',
  'lost_card',
  'pickup_card',
  'revocation_of_all_authorizations',
  'revocation_of_authorization',
  'stolen_card',
  'transaction_not_allowed',
]);

/** Whether the same payment method is never charged again after this code. */
export function isHardDecline(code: string | null): boolean {
  return code !== null && HARD_DECLINES.has(code);
}

/**
 * When the invoice is tried again after its failed attempt number `attemptCount` (1 is the first) at `failedAt`, both
 * in epoch seconds; null when the retries are used up.
 */
export function nextPaymentAttempt(attemptCount: number, failedAt: number, settings: DunningSettings): number | null {
  const days = settings.retry_after_days[attemptCount - 1];
  return days === undefined ? null : failedAt + days * SECONDS_PER_DAY;
}
