import { type AddOnChoiceDto } from './add-on-choice.dto.js';

/** Why a subscription waits for its payment, and what can be done about it. */
export class PaymentProblemDto {
  /** Stripe's code of the last attempt, such as `card_declined` or `expired_card`; `authentication_required` when the
   * customer must confirm the payment, `payment_method_required` when there is no card, `payment_required` for all else.
   * @example "card_declined" */
  code!: string;
  /** Stripe's reason for a declined card.
   * @example "insufficient_funds" */
  decline_code!: string | null;
  /** When Stripe tries again by itself, ISO 8601 UTC; null: it does not.
   * @example "2026-12-25T10:00:00.000Z" */
  next_attempt_at!: string | null;
  /** Stripe's page on which the invoice can be paid.
   * @example "https://invoice.stripe.com/i/acct_1/test_1" */
  pay_url!: string | null;
  /** Our id of the invoice, for POST /invoices/:id/pay.
   * @example 2 */
  invoice_id!: number | null;
}

/** An upgrade that takes effect once its payment is confirmed. Until then the subscription is as it was. */
export class PendingChangeDto {
  /** Tier that follows.
   * @example "enterprise" */
  tier!: string;
  /** Interval that follows.
   * @example "month" */
  interval!: string;
  /** How many intervals are paid for at a time.
   * @example 1 */
  interval_count!: number;
  /** Seats in all that follow.
   * @example 1 */
  quantity!: number;
  /** Add-ons of the catalogue that follow.
   * @example [] */
  add_ons!: AddOnChoiceDto[];
  /** Stripe's page on which the payment can be confirmed.
   * @example "https://invoice.stripe.com/i/acct_1/test_1" */
  payment_url!: string | null;
  /** Our id of the invoice, for POST /invoices/:id/pay.
   * @example 2 */
  invoice_id!: number | null;
  /** When it is dropped unless it is paid, ISO 8601 UTC.
   * @example "2026-11-23T09:00:00.000Z" */
  expires_at!: string | null;
}

/** The operator has Stripe collect nothing for the time being; the subscription stays what it is. */
export class PauseCollectionDto {
  /** What becomes of the invoices meanwhile: `keep_as_draft`, `mark_uncollectible` or `void`.
   * @example "void" */
  behavior!: string;
  /** When Stripe collects again, ISO 8601 UTC; null: when the operator says so.
   * @example "2027-01-01T00:00:00.000Z" */
  resumes_at!: string | null;
}

/** What a subscription waits for, and what its customer said on leaving. */
export class PaymentStateDto {
  /** Why it waits for its payment; null when it does not.
   * @example { "code": "card_declined", "decline_code": "insufficient_funds", "next_attempt_at": "2026-12-25T10:00:00.000Z", "pay_url": "https://invoice.stripe.com/i/acct_1/test_1", "invoice_id": 2 } */
  payment_problem!: PaymentProblemDto | null;
  /** The upgrade that waits for the confirmation of its payment.
   * @example { "tier": "enterprise", "interval": "month", "payment_url": "https://invoice.stripe.com/i/acct_1/test_1", "invoice_id": 2, "expires_at": "2026-11-23T09:00:00.000Z" } */
  pending_change!: PendingChangeDto | null;
  /** Set while Stripe collects nothing.
   * @example { "behavior": "void", "resumes_at": "2027-01-01T00:00:00.000Z" } */
  pause_collection!: PauseCollectionDto | null;
  /** What the customer said when it was cancelled.
   * @example "Too expensive" */
  cancellation_reason!: string | null;
}
