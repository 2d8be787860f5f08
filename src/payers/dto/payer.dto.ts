/** A subscription of a payer, as an operator needs it. */
export class PayerSubscriptionDto {
  /** Our id.
   * @example 1 */
  id!: number;

  /** Stripe's id.
   * @example "sub_1Q9XyZ" */
  stripe_subscription_id!: string | null;

  /** The plan: its `tier` in GET /plans, or `custom`.
   * @example "professional" */
  tier!: string;

  /** How it stands.
   * @example "active" */
  status!: string;
}

/** A person or an organization that can be a customer, as an operator sees it. */
export class PayerDto {
  /** `user:<sub>` or `org:<id>`, as tokens name it.
   * @example "user:auth0|65f1c2a9" */
  payer!: string;

  /** False: every request of this payer is a 403.
   * @example true */
  is_active!: boolean;

  /** When it was closed, and its personal data removed.
   * @example "2026-11-29T10:00:00.000Z" */
  closed_at!: string | null;

  /** As tokens tell it.
   * @example "Ada Lovelace" */
  name!: string | null;

  /** That of the customer, else of the last token.
   * @example "ada@example.com" */
  email!: string | null;

  /** Our id of the customer; null before the first purchase or card.
   * @example 7 */
  customer_id!: number | null;

  /** Stripe's id of the customer.
   * @example "cus_Q9XyZ" */
  stripe_customer_id!: string | null;

  /** Its live subscriptions, the newest first.
   * @example [] */
  subscriptions!: PayerSubscriptionDto[];
}
