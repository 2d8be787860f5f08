import { type Context } from '../../kernel/context.js';
import { type InvoiceItem, invoiceItems } from './invoice-item-type.js';

/** Stores new invoice items and emits `invoiceitem.created` for each. */
export function storeInvoiceItems(context: Context, items: readonly InvoiceItem[]): void {
  for (const item of items) {
    context.objects(invoiceItems).insert(item);
    context.emit('invoiceitem.created', item);
  }
}
