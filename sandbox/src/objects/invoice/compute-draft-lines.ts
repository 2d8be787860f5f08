import { type Context } from '../../kernel/context.js';
import { discounts, inForce } from '../discount/discount-type.js';
import { type AppliedDiscounts, withLines } from './compute-invoice-totals.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

/** The discounts of an invoice and its lines, by the ids that they name. */
function appliedDiscounts(context: Context, ids: readonly string[], lines: readonly InvoiceLine[]): AppliedDiscounts {
  const load = (id: string) => {
    const discount = context.objects(discounts).get(id);
    return discount === undefined ? [] : (inForce(context, discount) ?? []);
  };
  const all = [...ids, ...lines.flatMap((line) => line.discounts)].flatMap(load);
  return { invoice: ids.flatMap(load), byId: new Map(all.map((discount) => [discount.id, discount])) };
}

/** The draft with other lines, its sums computed anew. */
export function withNewLines(context: Context, invoice: Invoice, lines: readonly InvoiceLine[]): Invoice {
  return withLines(invoice, lines, appliedDiscounts(context, invoice.discounts, lines));
}
