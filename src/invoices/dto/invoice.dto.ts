import { ApiProperty } from '@nestjs/swagger';
import { INVOICE_STATUSES, type InvoiceStatus } from '../invoice.entity.js';

/** A bill of the caller. Amounts are in major units of `currency`, times ISO 8601 UTC. */
export class InvoiceDto {
  /** Our id of the invoice.
   * @example 1 */
  id!: number;
  /** The number that is printed on it.
   * @example "A1B2C3D4-0001" */
  number!: string | null;
  /** What was to be paid when it was finalized.
   * @example 79 */
  amount_due!: number;
  /** What was paid.
   * @example 79 */
  amount_paid!: number;
  /** What is still to be paid.
   * @example 0 */
  amount_remaining!: number;
  /** ISO 4217 code in lower case.
   * @example "usd" */
  currency!: string;
  /** Where it stands; a draft may still change.
   * @example "paid" */
  @ApiProperty({ enum: INVOICE_STATUSES, enumName: 'InvoiceStatus' })
  status!: InvoiceStatus;
  /** Text for the customer.
   * @example "Thank you for your business" */
  description!: string | null;
  /** Our id of the subscription that it bills.
   * @example 1 */
  subscription_id!: number | null;
  /** When Stripe made it.
   * @example "2026-11-22T10:00:00.000Z" */
  created!: string;
  /** From when on items were put on it, as Stripe has it; what is paid for may begin later. The first invoice of a
   * subscription shows the moment of its making for both.
   * @example "2026-11-22T10:00:00.000Z" */
  period_start!: string | null;
  /** Until when items were put on it: with the invoice of a renewal, the moment of the renewal.
   * @example "2026-11-22T10:00:00.000Z" */
  period_end!: string | null;
  /** Until when it is to be paid, if it is sent to be paid by hand.
   * @example "2026-12-22T10:00:00.000Z" */
  due_date!: string | null;
  /** When it was paid.
   * @example "2026-11-22T10:00:02.000Z" */
  paid_at!: string | null;
  /** Link to the PDF. Whoever has it can see the invoice.
   * @example "https://pay.stripe.com/invoice/acct_1/test_1/pdf" */
  pdf!: string | null;
  /** Link to Stripe's page of the invoice, where it can be paid. Whoever has it can see the invoice.
   * @example "https://invoice.stripe.com/i/acct_1/test_1" */
  hosted_url!: string | null;
}
