import { IntersectionType } from '@nestjs/swagger';
import { PaymentStateDto } from './payment-state.dto.js';

/** A change of plan that takes effect at the end of the period. */
export class ScheduledChangeDto {
  /** Tier that follows.
   * @example "starter" */
  tier!: string;
  /** Interval that follows.
   * @example "month" */
  interval!: string;
  /** When it takes effect, ISO 8601 UTC.
   * @example "2026-12-22T10:00:00.000Z" */
  at!: string;
}

/** What a subscription of the caller is. */
export class SubscriptionFactsDto {
  /** Our id of the subscription.
   * @example 1 */
  id!: number;
  /** `starter`, `professional`, `enterprise`, or `custom` for any other price.
   * @example "professional" */
  tier!: string;
  /** `trialing`, `active`, `incomplete`, `past_due`, `unpaid`, `paused`, `canceled` or `incomplete_expired`.
   * @example "active" */
  status!: string;
  /** Price of one interval in major units of the currency, before discounts and tax.
   * @example 79 */
  amount!: number;
  /** ISO 4217 code in lower case.
   * @example "usd" */
  currency!: string;
  /** `day`, `week`, `month` or `year`.
   * @example "month" */
  interval!: string;
  /** Number of units of the plan.
   * @example 1 */
  quantity!: number;
  /** Start of the period that is paid for, ISO 8601 UTC.
   * @example "2026-11-22T10:00:00.000Z" */
  current_period_start!: string | null;
  /** End of the period that is paid for, ISO 8601 UTC.
   * @example "2026-12-22T10:00:00.000Z" */
  current_period_end!: string | null;
  /** Start of the free trial, ISO 8601 UTC.
   * @example "2026-11-08T10:00:00.000Z" */
  trial_start!: string | null;
  /** End of the free trial, ISO 8601 UTC.
   * @example "2026-11-22T10:00:00.000Z" */
  trial_end!: string | null;
  /** True whenever an end is scheduled, see `cancel_at`.
   * @example true */
  cancel_at_period_end!: boolean;
  /** When the subscription will end by itself, ISO 8601 UTC.
   * @example "2026-12-22T10:00:00.000Z" */
  cancel_at!: string | null;
  /** When it was cancelled or told to end, ISO 8601 UTC.
   * @example "2026-11-25T10:00:00.000Z" */
  canceled_at!: string | null;
  /** When it ended, ISO 8601 UTC.
   * @example "2026-12-22T10:00:00.000Z" */
  ended_at!: string | null;
  /** Id of the coupon that is applied.
   * @example "LAUNCH20" */
  coupon!: string | null;
  /** The change of plan that waits for the end of the period.
   * @example { "tier": "starter", "interval": "month", "at": "2026-12-22T10:00:00.000Z" } */
  scheduled_change!: ScheduledChangeDto | null;
  /** When it began, ISO 8601 UTC.
   * @example "2026-11-08T10:00:00.000Z" */
  created_at!: string;
}

/** A subscription of the caller. */
export class SubscriptionDto extends IntersectionType(SubscriptionFactsDto, PaymentStateDto) {}
