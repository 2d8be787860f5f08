/** A purchase that continues at Stripe. */
export class CheckoutSessionDto {
  /** Stripe's id of the session.
   * @example "cs_test_a1B2c3" */
  id!: string;
  /** Stripe's page, to which the buyer is to be sent.
   * @example "https://checkout.stripe.com/c/pay/cs_test_a1B2c3" */
  url!: string;
  /** When the page stops working: seconds since 1970, UTC.
   * @example 1764000000 */
  expires_at!: number;
}
