import { IsInt, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';

const MOST = 1_000_000_000;

/** A use of a feature. */
export class ConsumeDto {
  /** How many units; negative takes back, which needs a service key or the role admin.
   * @example 1 */
  @IsInt()
  @Min(-MOST)
  @Max(MOST)
  amount!: number;

  /** The caller's name for this use: sent again, it is not counted again.
   * @example "job-4711" */
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  key!: string;
}
