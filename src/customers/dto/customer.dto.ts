/** The billing side of the caller. */
export class CustomerDto {
  /** Our id of the customer.
   * @example 17 */
  id!: number;
  /** Address of receipts and invoices; empty where Stripe has none.
   * @example "ada@example.com" */
  email!: string;
  /** Name on receipts and invoices.
   * @example "Ada Lovelace" */
  name!: string | null;
  /** Telephone number.
   * @example "+44 20 7946 0000" */
  phone!: string | null;
  /** Street and number.
   * @example "12 Park Street" */
  address_line1!: string | null;
  /** Building, flat or company.
   * @example "Flat 3" */
  address_line2!: string | null;
  /** City.
   * @example "London" */
  city!: string | null;
  /** State, county or province.
   * @example "Greater London" */
  state!: string | null;
  /** Postal code.
   * @example "SW1Y 4JH" */
  postal_code!: string | null;
  /** Country, ISO 3166-1 alpha-2.
   * @example "GB" */
  country!: string | null;
  /** The currency that the caller pays in, ISO 4217 in lower case: that of the first purchase. Null until then.
   * @example "usd" */
  currency!: string | null;
  /** True while the caller can still begin a subscription with a free trial.
   * @example true */
  trial_available!: boolean;
  /** When the customer was first seen, ISO 8601 UTC.
   * @example "2026-11-22T10:00:00.000Z" */
  created_at!: string;
}
