import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  decimal,
  hash,
  integer,
  metadata,
  modelled,
  oneOf,
  required,
  string,
  timestamp,
  unsupported,
} from '../../http/parameters.js';

const line = hash({
  amount: integer({ min: 0 }),
  description: string(),
  invoice_line_item: string(),
  metadata: metadata(),
  quantity: integer({ min: 1 }),
  tax_amounts: unsupported(),
  tax_rates: unsupported(),
  type: required(oneOf('custom_line_item', 'invoice_line_item')),
  unit_amount: integer({ min: 0 }),
  unit_amount_decimal: decimal(),
} satisfies DeclaredFor<Stripe.CreditNoteCreateParams.Line>);

const refund = hash({
  amount_refunded: integer({ min: 1 }),
  payment_record_refund: unsupported(),
  refund: required(string()),
  type: modelled('refund'),
} satisfies DeclaredFor<Stripe.CreditNoteCreateParams.Refund>);

export const createParameters = {
  amount: integer({ min: 1 }),
  credit_amount: integer({ min: 0 }),
  effective_at: timestamp(),
  /** The sandbox sends no mail, whatever is asked for. */
  email_type: oneOf('credit_note', 'none'),
  invoice: required(string()),
  lines: array(line, { max: 250 }),
  memo: string(),
  metadata: metadata(),
  out_of_band_amount: integer({ min: 0 }),
  reason: oneOf('duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'),
  refund_amount: integer({ min: 0 }),
  refunds: array(refund, { max: 20 }),
  shipping_cost: unsupported(),
} satisfies DeclaredFor<Stripe.CreditNoteCreateParams> satisfies DeclaredFor<Stripe.CreditNotePreviewParams>;

export const previewLinesShape = {
  ...createParameters,
  ...pagination,
} satisfies DeclaredFor<Stripe.CreditNoteListPreviewLineItemsParams>;

export const updateParameters = {
  memo: string(),
  metadata: metadata(),
} satisfies DeclaredFor<Stripe.CreditNoteUpdateParams>;

export const listParameters = {
  ...pagination,
  created: range,
  customer: string(),
  customer_account: unsupported(),
  invoice: string(),
} satisfies DeclaredFor<Stripe.CreditNoteListParams>;

export type CreditNoteParameters = Values<typeof createParameters>;
export type CreditNoteLineParameters = NonNullable<CreditNoteParameters['lines']>[number];
