import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** Which entries are listed. */
export class ListAuditDto {
  /** How many at most, 1 to 100.
   * @example 10 */
  @ApiPropertyOptional()
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 10;

  /** Only entries on behalf of this payer: `user:<sub>` or `org:<id>`.
   * @example "user:auth0|1" */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  payer?: string;

  /** Only entries about this object: its type, a colon, its id.
   * @example "subscription:sub_1Q9XyZ" */
  @IsOptional()
  @IsString()
  @Matches(/^[a-z_]+:./)
  @MaxLength(310)
  object?: string;

  /** `id` of the last entry of the page before; the `Link` header holds the address of the next page. */
  @IsOptional()
  @Matches(/^[1-9]\d{0,17}$/)
  starting_after?: string;
}
