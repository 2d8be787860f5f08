import { IntersectionType } from '@nestjs/swagger';
import { type AddOnChoiceDto } from './add-on-choice.dto.js';
import { PaymentStateDto } from './payment-state.dto.js';

/** A change of plan that takes effect at the end of the period. */
export class ScheduledChangeDto {
  /** Tier that follows.
   * @example "starter" */
  tier!: string;
  /** Interval that follows.
   * @example "month" */
  interval!: string;
  /** How many intervals are paid for at a time.
   * @example 1 */
  interval_count!: number;
  /** Seats in all that follow.
   * @example 1 */
  quantity!: number;
  /** Add-ons of the catalogue that follow.
   * @example [] */
  add_ons!: AddOnChoiceDto[];
  /** When it takes effect, ISO 8601 UTC.
   * @example "2026-12-22T10:00:00.000Z" */
  at!: string;
}

/** Something billed with the subscription beside its plan: an add-on of the catalogue, or what somebody else put there. */
export class AddOnDto {
  /** Stripe's id of its price.
   * @example "price_1Qx" */
  price!: string;
  /** Key of the add-on in the catalogue: its `tier` in GET /plans; null for what is none of it, which stays as it is.
   * @example "support" */
  plan!: string | null;
  /** Name of its price, where it has one.
   * @example "Extra storage" */
  name!: string | null;
  /** Number of units; null for what is billed by use.
   * @example 2 */
  quantity!: number | null;
  /** `day`, `week`, `month` or `year`.
   * @example "month" */
  interval!: string;
  /** How many intervals it is paid for at a time.
   * @example 1 */
  interval_count!: number;
  /** What it costs for that time in major units of the subscription's currency, before discounts and tax; null where
   * `amount_reason` says why.
   * @example 30 */
  amount!: number | null;
  /** As for the subscription.
   * @example "metered" */
  amount_reason!: string | null;
  /** End of the period that is paid for, ISO 8601 UTC.
   * @example "2026-12-22T10:00:00.000Z" */
  current_period_end!: string;
  /** True when the subscription is to end before that: what is left of the period is credited then.
   * @example false */
  rest_is_credited!: boolean;
}

/** What a subscription of the caller is. */
export class SubscriptionFactsDto {
  /** Our id of the subscription.
   * @example 1 */
  id!: number;
  /** `starter`, `professional`, `enterprise`, or `custom` for a price that belongs to no plan, now or earlier: it
   * bars no purchase, and its plan cannot be changed.
   * @example "professional" */
  tier!: string;
  /** `trialing`, `active`, `incomplete`, `past_due`, `unpaid`, `paused`, `canceled` or `incomplete_expired`.
   * @example "active" */
  status!: string;
  /** What the plan with its seats costs for `interval_count` intervals in major units of the currency, before discounts and tax; null
   * where `amount_reason` says why.
   * @example 79 */
  amount!: number | null;
  /** Why the amount is not known before the invoice: `tiered` or `metered` (it depends on quantity or use),
   * `below_minor_unit` (no whole number of cents), `other_currency` (the price names none in this currency) or `unknown`;
   * null where it is known.
   * @example "metered" */
  amount_reason!: string | null;
  /** ISO 4217 code in lower case.
   * @example "usd" */
  currency!: string;
  /** `day`, `week`, `month` or `year`.
   * @example "month" */
  interval!: string;
  /** How many intervals the plan is paid for at a time: 6 with `month` is every six months.
   * @example 1 */
  interval_count!: number;
  /** Number of seats in all; for a plan without seats its units.
   * @example 1 */
  quantity!: number;
  /** What is billed beside the plan.
   * @example [] */
  add_ons!: AddOnDto[];
  /** Start of the plan's period that is paid for, ISO 8601 UTC.
   * @example "2026-11-22T10:00:00.000Z" */
  current_period_start!: string | null;
  /** End of the plan's period that is paid for, ISO 8601 UTC; an add-on may have another one.
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
   * @example { "tier": "starter", "interval": "month", "interval_count": 1, "quantity": 1, "add_ons": [], "at": "2026-12-22T10:00:00.000Z" } */
  scheduled_change!: ScheduledChangeDto | null;
  /** When it began, ISO 8601 UTC.
   * @example "2026-11-08T10:00:00.000Z" */
  created_at!: string;
}

/** A subscription of the caller. */
export class SubscriptionDto extends IntersectionType(SubscriptionFactsDto, PaymentStateDto) {}
