import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsISO8601, IsOptional, IsString, MaxLength } from 'class-validator';
import { type FeatureValue } from '../../catalogue/catalogue.schema.js';

/** What an operator gives a payer of a feature, or takes, whatever the plan says. */
export class SetOverrideDto {
  /** True or false for a flag; a number, or `unlimited`, for all else.
   * @example 100 */
  @ApiProperty({
    oneOf: [{ type: 'boolean' }, { type: 'integer', minimum: 0 }, { type: 'string', enum: ['unlimited'] }],
  })
  @Allow()
  value!: FeatureValue;

  /** Until when, ISO 8601; left out: until it is removed.
   * @example "2027-01-01T00:00:00Z" */
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;

  /** Why, for whoever reads it later.
   * @example "Goodwill after the outage" */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}
