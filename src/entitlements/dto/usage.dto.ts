import { IsInt, Max, Min } from 'class-validator';

/** How much of a feature a payer has in use. */
export class ReportUsageDto {
  /** The whole of it, not what was added.
   * @example 12 */
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  used!: number;
}
