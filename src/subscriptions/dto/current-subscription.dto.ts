import { IsOptional, IsString, MaxLength } from 'class-validator';

/** Which subscription is meant. */
export class CurrentSubscriptionDto {
  /** Group of plans; left out: `main`, where the catalogue has it, else the first one.
   * @example "main" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  group?: string;
}
