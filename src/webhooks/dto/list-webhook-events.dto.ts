import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { WEBHOOK_EVENT_STATES, type WebhookEventState } from '../webhook-event.entity.js';

/** Which events are listed. */
export class ListWebhookEventsDto {
  /** How many at most, 1 to 100.
   * @example 10 */
  @ApiPropertyOptional()
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;

  /** Only events in this state.
   * @example "failed" */
  @ApiPropertyOptional({ enum: WEBHOOK_EVENT_STATES, enumName: 'WebhookEventState' })
  @IsOptional()
  @IsIn(WEBHOOK_EVENT_STATES)
  state?: WebhookEventState;

  /** Only events of this type.
   * @example "invoice.paid" */
  @IsOptional()
  @Matches(/^[a-z0-9_.]+$/)
  @MaxLength(255)
  type?: string;

  /** `event_id` of the last event of the page before; the `Link` header holds the address of the next page. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_:]+$/)
  @MaxLength(255)
  starting_after?: string;
}
