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

/** Bodies that a reader of the documentation can send as they are; the first of each is offered. */
export const CANCEL_EXAMPLES = {
  period_end: {
    summary: 'At the end of the period',
    value: { cancel_at_period_end: true, reason: 'Too expensive' },
  },
  now: { summary: 'Now', value: { cancel_at_period_end: false } },
};
