/** What a browser needs to collect a payment method. */
export class SetupIntentDto {
  /** Stripe's id of the setup intent.
   * @example "seti_1Qx" */
  id!: string;
  /** To be handed to Stripe's browser library, and to nobody else; null once it is no longer needed.
   * @example "seti_1Qx_secret_9f2" */
  client_secret!: string | null;
  /** The payment method may be charged without its owner being present.
   * @example "off_session" */
  usage!: string;
}
