import { IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { IsCurrency } from '../../catalogue/dto/is-currency.js';
import { CustomerEmailDto } from '../../customers/dto/customer-email.dto.js';
import { AddOnWishDto, IsAddOns, IsQuantity } from '../../subscriptions/dto/add-on-wish.dto.js';

/** What is to be bought on Stripe's page. */
export class CreateCheckoutDto extends CustomerEmailDto {
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
}
