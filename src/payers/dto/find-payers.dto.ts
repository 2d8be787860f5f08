import { IsOptional, IsString, MaxLength, MinLength } from 'class-validator';

/** Whom an operator looks for: exactly one of these. */
export class FindPayersDto {
  /** `user:<sub>` or `org:<id>`.
   * @example "user:auth0|65f1c2a9" */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(300)
  payer?: string;

  /** Also one that the payer had before. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  stripe_customer_id?: string;

  /** Of the customer, or of the last token; as it is written. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  email?: string;
}
