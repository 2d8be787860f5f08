/** The billing side of the caller. */
export class CustomerDto {
  /** Our id of the customer.
   * @example 17 */
  id!: number;
  /** Address of receipts and invoices.
   * @example "ada@example.com" */
  email!: string;
  /** @example "Ada Lovelace" */
  name!: string | null;
  /** @example "+44 20 7946 0000" */
  phone!: string | null;
  /** @example "12 St James's Square" */
  address_line1!: string | null;
  /** @example null */
  address_line2!: string | null;
  /** @example "London" */
  city!: string | null;
  /** @example null */
  state!: string | null;
  /** @example "SW1Y 4JH" */
  postal_code!: string | null;
  /** ISO 3166-1 alpha-2.
   * @example "GB" */
  country!: string | null;
  /** True while the caller can still begin a subscription with a free trial.
   * @example true */
  trial_available!: boolean;
  /** When the customer was first seen, ISO 8601 UTC.
   * @example "2026-11-22T10:00:00.000Z" */
  created_at!: string;
}
