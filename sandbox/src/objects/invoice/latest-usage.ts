import { type Context } from '../../kernel/context.js';
import { prices } from '../price/price-type.js';
import { usageCost } from '../subscription/compute-usage-charges.js';
import { withNewLines } from './compute-draft-lines.js';
import { type Invoice, type InvoiceLine } from './invoice-type.js';

/** Whether a line bills what was used of a metered price until its draft was made. */
function isUsage(context: Context, line: InvoiceLine): boolean {
  const details = line.parent?.subscription_item_details;
  if (!details || details.invoice_item !== null) return false;
  const price = context.objects(prices).get(line.pricing?.price_details?.price ?? '');
  return price?.recurring?.usage_type === 'metered';
}

function withUsage(context: Context, invoice: Invoice, line: InvoiceLine): InvoiceLine {
  const price = line.pricing?.price_details?.price ?? '';
  const { quantity, amount } = usageCost(context, price, invoice.customer ?? '', line.period, invoice.currency);
  if (quantity === line.quantity) return line;
  const description = (line.description ?? '').replace(/^\d+ × /, `${quantity} × `);
  return { ...line, amount, description, quantity, quantity_decimal: String(quantity), subtotal: amount };
}

/** The draft with the usage that was reported for its periods since it was made. */
export function withLatestUsage(context: Context, draft: Invoice): Invoice {
  if (!draft.lines.data.some((line) => isUsage(context, line))) return draft;
  const lines = draft.lines.data.map((line) => (isUsage(context, line) ? withUsage(context, draft, line) : line));
  return withNewLines(context, draft, lines);
}
