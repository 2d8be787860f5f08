import { IsEmail, IsISO31661Alpha2, IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';

/** What may be changed of the customer. Absent or null fields stay as they are; an empty text clears the field. */
export class UpdateCustomerDto {
  /** Address of receipts and invoices.
   * @example "ada@example.com" */
  @IsOptional()
  @IsEmail()
  @MaxLength(255)
  email?: string;

  /** Name on receipts and invoices.
   * @example "Ada Lovelace" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  name?: string;

  /** Telephone number.
   * @example "+44 20 7946 0000" */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  phone?: string;

  /** Street and number.
   * @example "12 Park Street" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  address_line1?: string;

  /** Building, flat or company.
   * @example "Flat 3" */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  address_line2?: string;

  /** City.
   * @example "London" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  city?: string;

  /** State, county or province.
   * @example "Greater London" */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  state?: string;

  /** Postal code.
   * @example "SW1Y 4JH" */
  @IsOptional()
  @IsString()
  @MaxLength(20)
  postal_code?: string;

  /** Country, ISO 3166-1 alpha-2.
   * @example "GB" */
  @IsOptional()
  @ValidateIf((_body, country) => country !== '')
  @IsISO31661Alpha2()
  country?: string;
}
