import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsCurrency } from '../../catalogue/dto/is-currency.js';
import { AddOnWishDto, IsAddOns, IsQuantity } from '../../subscriptions/dto/add-on-wish.dto.js';
import { IsSubscriptionMetadata } from '../../subscriptions/dto/subscription-metadata.js';
import { IsPaymentMethodReference } from '../../payment-methods/dto/payment-method-reference.js';

/** When a downgrade takes effect. */
export type ChangeMoment = 'period_end' | 'now';

/** A change of plan or card. */
export class UpdateSubscriptionDto {
  /** The plan to change to: its `tier` in GET /plans.
   * @example "enterprise" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  tier?: string;

  /** New billing interval.
   * @example "year" */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  interval?: string;

  /** How many intervals are paid for at a time; needed only where the plan has several prices of an interval.
   * @example 1 */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1095)
  interval_count?: number;

  /** Seats in all: more are had and charged at once, fewer from the end of the period on. Left out, they stay as many.
   * @example 5 */
  @IsOptional()
  @IsQuantity()
  quantity?: number;

  /** The currency of the subscription, which never changes: another one is refused.
   * @example "usd" */
  @IsOptional()
  @IsCurrency()
  currency?: string;

  /** All add-ons that are wanted; left out: as they are, empty: none. New ones are had and charged at once, dropped ones
   * stay until the end of the period. What is none of the catalogue's stays.
   * @example [{ "plan": "support", "quantity": 1 }] */
  @IsAddOns()
  add_ons?: AddOnWishDto[];

  /** New payment method: a Stripe id (`pm_…`) or our integer.
   * @example "pm_card_visa" */
  @IsOptional()
  @IsPaymentMethodReference()
  payment_method_id?: string | number;

  /** When a downgrade takes effect, fewer seats or a dropped add-on too; an upgrade always does at once.
   * @example "period_end" */
  @IsOptional()
  @IsIn(['period_end', 'now'])
  when?: ChangeMoment;

  /** What the host keeps with the subscription at Stripe, for service keys alone: at most 20 texts of 500 characters. It is added to
   * what is there; an empty text removes its name. Written before anything else of the request.
   * @example { "order": "4711" } */
  @IsOptional()
  @IsSubscriptionMetadata()
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  metadata?: Record<string, string>;
}

/** Bodies that a reader of the documentation can send as they are; the first of each is offered. */
export const UPDATE_EXAMPLES = {
  upgrade: { summary: 'A higher tier, at once', value: { tier: 'enterprise' } },
  downgrade: { summary: 'A lower tier, at the end of the period', value: { tier: 'starter', when: 'period_end' } },
  interval: { summary: 'Another interval', value: { interval: 'year' } },
  card: { summary: 'Another card', value: { payment_method_id: 'pm_card_mastercard' } },
};
