import { IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { CustomerEmailDto } from '../../customers/dto/customer-email.dto.js';

/** What is to be bought on Stripe's page. */
export class CreateCheckoutDto extends CustomerEmailDto {
  /** Subscription tier: starter, professional, enterprise.
   * @example "professional" */
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  tier!: string;

  /** month or year.
   * @example "month" */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  interval?: string = 'month';

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
