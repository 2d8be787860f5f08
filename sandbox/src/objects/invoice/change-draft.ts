import { type Context } from '../../kernel/context.js';
import { type InvoiceItem } from '../invoice-item/invoice-item-type.js';
import { withNewLines } from './compute-draft-lines.js';
import { invoiceItemLine } from './compute-invoice-lines.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';
import { saveInvoice } from './save-invoice.js';

/** Puts an invoice item on a draft; emits `invoice.updated`. */
export function addToDraft(context: Context, draft: Invoice, item: InvoiceItem): Invoice {
  const lines = [invoiceItemLine(item), ...draft.lines.data];
  const next = withNewLines(context, draft, lines);
  const sandbox = { ...next.sandbox, invoice_items: [item.id, ...next.sandbox.invoice_items] };
  return saveInvoice(context, draft, { ...next, sandbox });
}

/** Replaces the line of an invoice item on a draft, or takes it off; emits `invoice.updated`. */
export function replaceOnDraft(context: Context, draft: Invoice, itemId: string, item: InvoiceItem | null): Invoice {
  const lines = draft.lines.data.flatMap((line) => {
    if (invoiceItemOf(line) !== itemId) return [line];
    return item === null ? [] : [{ ...invoiceItemLine(item), id: line.id }];
  });
  const next = withNewLines(context, draft, lines);
  const ids = item === null ? next.sandbox.invoice_items.filter((id) => id !== itemId) : next.sandbox.invoice_items;
  return saveInvoice(context, draft, { ...next, sandbox: { ...next.sandbox, invoice_items: ids } });
}

/** The invoice item that a line comes from, or null. */
function invoiceItemOf(line: InvoiceLine): string | null {
  const { parent } = line;
  return parent?.invoice_item_details?.invoice_item ?? parent?.subscription_item_details?.invoice_item ?? null;
}
