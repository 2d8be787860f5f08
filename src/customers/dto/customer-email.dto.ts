import { IsEmail, IsOptional, MaxLength } from 'class-validator';

/** What a request that may make the caller's first customer can say of them. */
export abstract class CustomerEmailDto {
  /** Address of receipts and invoices, for a caller without a customer; needed where the token has none. Afterwards
   * PATCH /customer changes it.
   * @example "ada@example.com" */
  @IsOptional()
  @IsEmail()
  @MaxLength(255)
  email?: string;
}
