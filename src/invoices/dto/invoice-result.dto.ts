import { InvoiceDto } from './invoice.dto.js';

/** An invoice after an attempt to pay it, with what its customer still has to do. */
export class InvoiceResultDto extends InvoiceDto {
  /** True when the customer must confirm the payment (3-D Secure); the invoice is open until then.
   * @example false */
  requires_action!: boolean;
  /** For Stripe.js, to confirm the payment; null when nothing is left to do.
   * @example "pi_1Qx_secret_9f2" */
  client_secret!: string | null;
  /** Stripe's page on which the payment can be confirmed; null when nothing is left to do.
   * @example "https://invoice.stripe.com/i/acct_1/test_1" */
  payment_url!: string | null;
}
