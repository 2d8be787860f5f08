import { type Context } from '../../kernel/context.js';
import { productName } from '../subscription/compute-period-charges.js';
import { type Proration } from '../subscription/compute-prorations.js';
import { type Subscription } from '../subscription/subscription-type.js';
import { type InvoiceItem } from './invoice-item-type.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22 Nov 2026`. */
function dayText(instant: number): string {
  const date = new Date(instant * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

function describe(context: Context, proration: Proration): string {
  const what = proration.credited === null ? 'Remaining time on' : 'Unused time on';
  const times = proration.quantity === 1 ? '' : `${proration.quantity} × `;
  return `${what} ${times}${productName(context, proration.item)} after ${dayText(proration.period.start)}`;
}

function creditedItems(proration: Proration): NonNullable<InvoiceItem['proration_details']>['credited_items'] {
  const { credited } = proration;
  if (credited === null) return null;
  if (credited.line !== null) {
    const details = { invoice: credited.line.invoice, invoice_line_items: [credited.line.id] };
    return { type: 'invoice_line_items', invoice_line_item_details: details };
  }
  return credited.invoice_item === null ? null : { type: 'invoice_item', invoice_item: credited.invoice_item };
}

function prorationItem(context: Context, subscription: Subscription, proration: Proration): InvoiceItem {
  const { item, quantity } = proration;
  return {
    id: context.newId('ii'),
    object: 'invoiceitem',
    amount: proration.amount,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_account: null,
    date: context.now(),
    description: describe(context, proration),
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: proration.amount,
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
    },
    period: proration.period,
    pricing: {
      type: 'price_details',
      price_details: { price: item.price.id, product: item.price.product },
      unit_amount_decimal: quantity === 0 ? '0' : String(Number((proration.amount / quantity).toFixed(12))),
    },
    proration: true,
    proration_details: { credited_items: creditedItems(proration), discount_amounts: [] },
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: subscription.test_clock,
  };
}

/** The invoice items that prorations become, not stored yet, in the same order. */
export function prorationItems(
  context: Context,
  subscription: Subscription,
  prorations: readonly Proration[],
): InvoiceItem[] {
  return prorations.map((proration) => prorationItem(context, subscription, proration));
}
