import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

/** How to cancel. The body may be left out. */
export class CancelSubscriptionDto {
  /** Cancel at end of period (true) or immediately (false).
   * @example true */
  @IsOptional()
  @IsBoolean()
  cancel_at_period_end?: boolean = true;

  /** Cancellation reason, in the customer's words.
   * @example "Too expensive" */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}
