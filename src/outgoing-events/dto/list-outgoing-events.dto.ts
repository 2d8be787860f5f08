import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

/** Which events are listed. */
export class ListOutgoingEventsDto {
  /** How many at most, 1 to 100.
   * @example 10 */
  @ApiPropertyOptional()
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;

  /** `id` of the last event that is known; default: from the oldest one that is kept.
   * @example "42" */
  @IsOptional()
  @Matches(/^(0|[1-9]\d{0,17})$/)
  after?: string;
}
