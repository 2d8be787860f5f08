import { Matches, MaxLength } from 'class-validator';

/** A Stripe customer that is given to a payer. */
export class LinkCustomerDto {
  /** Stripe's id of the customer.
   * @example "cus_Q9XyZ" */
  @Matches(/^cus_[A-Za-z0-9_]+$/)
  @MaxLength(255)
  stripe_customer_id!: string;
}
