import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { IsCurrency } from '../../catalogue/dto/is-currency.js';
import { CustomerEmailDto } from '../../customers/dto/customer-email.dto.js';
import { IsSubscriptionMetadata } from '../../subscriptions/dto/subscription-metadata.js';
import { IsPaymentMethodReference } from '../../payment-methods/dto/payment-method-reference.js';
import { AddOnWishDto, IsAddOns, IsQuantity } from '../../subscriptions/dto/add-on-wish.dto.js';

/** A purchase. */
export class CreateSubscriptionDto extends CustomerEmailDto {
  /** The plan: its `tier` in GET /plans.
   * @example "professional" */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  tier!: string;

  /** `day`, `week`, `month` or `year`, as the plan is sold; left out: `month` where the plan has it, else its only one.
   * @example "month" */
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

  /** Seats in all, within the `seats` of GET /plans; left out: the fewest. A plan without seats has one.
   * @example 5 */
  @IsOptional()
  @IsQuantity()
  quantity?: number;

  /** What is paid in, ISO 4217, one of the plan's `amounts` in GET /plans. Left out: the currency that the caller pays in, else
   * the catalogue's. A caller who pays in one keeps it.
   * @example "usd" */
  @IsOptional()
  @IsCurrency()
  currency?: string;

  /** What is bought beside the plan.
   * @example [{ "plan": "support", "quantity": 1 }] */
  @IsAddOns()
  add_ons?: AddOnWishDto[];

  /** Payment method to charge: a Stripe id (`pm_…`) or our integer. Without one the default is used, if there is one.
   * @example "pm_card_visa" */
  @IsOptional()
  @IsPaymentMethodReference()
  payment_method_id?: string | number;

  /** Days of free trial, up to the `trial_days` of GET /config; without it there is none.
   * @example 14 */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(730)
  trial_days?: number;

  /** Promotion code or coupon.
   * @example "LAUNCH20" */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  coupon_code?: string;

  /** What the host keeps with the subscription at Stripe, for service keys alone: at most 20 texts of 500 characters.
   * @example { "order": "4711" } */
  @IsOptional()
  @IsSubscriptionMetadata()
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  metadata?: Record<string, string>;
}

/** Bodies that a reader of the documentation can send as they are; the first of each is offered. */
export const CREATE_EXAMPLES = {
  trial: {
    summary: 'A free trial with a card',
    value: { tier: 'professional', interval: 'month', payment_method_id: 'pm_card_visa', trial_days: 14 },
  },
  paid: { summary: 'Paid at once', value: { tier: 'starter', interval: 'year', payment_method_id: 'pm_card_visa' } },
  declined: {
    summary: 'A card that is declined',
    value: { tier: 'starter', payment_method_id: 'pm_card_chargeCustomerFail' },
  },
  three_d_secure: {
    summary: 'A card that needs 3-D Secure',
    value: { tier: 'starter', payment_method_id: 'pm_card_authenticationRequired' },
  },
};
