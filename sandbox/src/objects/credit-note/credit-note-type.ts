import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

export type CreditNote = Stored<Stripe.CreditNote>;
export type CreditNoteLine = Wire<Stripe.CreditNoteLineItem>;

export const creditNotes = objectType<CreditNote>({
  object: 'credit_note',
  prefix: 'cn',
  title: 'credit note',
  indexes: { customer: (note) => note.customer, invoice: (note) => note.invoice },
  references: {
    customer: 'customer',
    customer_balance_transaction: 'customer_balance_transaction',
    'discount_amounts.discount': 'discount',
    invoice: 'invoice',
    'refunds.refund': 'refund',
  },
});

/** Lines live inside their credit note; the type says what can be expanded in them. */
export const creditNoteLines = objectType<CreditNoteLine>({
  object: 'credit_note_line_item',
  prefix: 'cnli',
  references: { 'discount_amounts.discount': 'discount' },
});
