import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

/** Most units of an item, far below what an amount can hold. */
const MOST_UNITS = 1_000_000;
/** Stripe takes 20 items in a subscription: the plan, its seats and these. */
const MOST_ADD_ONS = 18;

/** An add-on that is wanted beside a plan. */
export class AddOnWishDto {
  /** The add-on: its `tier` in GET /plans.
   * @example "support" */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  plan!: string;

  /** Number of units; left out: 1.
   * @example 1 */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_UNITS)
  quantity?: number;
}

/** A list of add-ons. */
export function IsAddOns(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsArray(),
    ArrayMaxSize(MOST_ADD_ONS),
    ValidateNested({ each: true }),
    Type(() => AddOnWishDto),
  );
}

/** A number of seats. */
export function IsQuantity(): PropertyDecorator {
  return applyDecorators(IsInt(), Min(1), Max(MOST_UNITS));
}
