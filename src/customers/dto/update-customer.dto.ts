import { IsEmail, IsISO31661Alpha2, IsOptional, IsString, MaxLength } from 'class-validator';

/** What may be changed of the customer. Absent or null fields stay as they are; an empty text clears the field. */
export class UpdateCustomerDto {
  /** Address of receipts and invoices.
   * @example "ada@example.com" */
  @IsOptional()
  @IsEmail()
  @MaxLength(255)
  email?: string;

  /** @example "Ada Lovelace" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  name?: string;

  /** @example "+44 20 7946 0000" */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  phone?: string;

  /** @example "12 St James's Square" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  address_line1?: string;

  /** @example "" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  address_line2?: string;

  /** @example "London" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  city?: string;

  /** @example "" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  state?: string;

  /** @example "SW1Y 4JH" */
  @IsOptional()
  @IsString()
  @MaxLength(20)
  postal_code?: string;

  /** ISO 3166-1 alpha-2.
   * @example "GB" */
  @IsOptional()
  @IsISO31661Alpha2()
  country?: string;
}
