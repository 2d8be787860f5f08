import { SubscriptionDto } from './subscription.dto.js';

/** A subscription after a purchase or a change, with what its customer still has to do. */
export class SubscriptionResultDto extends SubscriptionDto {
  /** True when the customer must confirm a payment or a card (3-D Secure), or give one.
   * @example true */
  requires_action!: boolean;
  /** For Stripe.js, to confirm the payment or the card; null when nothing is left to do.
   * @example "pi_1Qx_secret_9f2" */
  client_secret!: string | null;
  /** Stripe's page on which the open invoice can be paid.
   * @example "https://invoice.stripe.com/i/acct_1/test_1" */
  payment_url!: string | null;
  /** True when what a change of seats or add-ons costs is billed with the next invoice: Stripe makes few invoices a day for one
   * subscription, so past five such changes in 24 hours the difference waits.
   * @example true */
  billed_with_next_invoice?: boolean;
}
