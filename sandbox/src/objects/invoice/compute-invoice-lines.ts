import { newId } from '../../kernel/context.js';
import { type Period } from '../../rules/billing-cycle.js';
import { formatAmount } from '../../rules/currencies.js';
import { type InvoiceItem } from '../invoice-item/invoice-item-type.js';
import { type Subscription, type SubscriptionItem } from '../subscription/subscription-type.js';
import { type InvoiceLine } from './invoice-type.js';

/** What a line says about a subscription item. */
export interface ItemCharge {
  readonly item: SubscriptionItem;
  /** Minor units, before discounts. */
  readonly amount: number;
  /** What one unit costs, in the currency of the subscription; null for tiers. */
  readonly unitAmountDecimal: string | null;
  readonly period: Period;
  readonly productName: string;
  /** What was used of a metered item; default: the item's quantity. */
  readonly quantity?: number;
  /** True for the zero line of a trial. */
  readonly trial?: boolean;
}

/** `/ month`, `every 3 months`. */
function cadenceText(item: SubscriptionItem): string {
  const recurring = item.price.recurring;
  if (!recurring) return '';
  return recurring.interval_count === 1
    ? ` / ${recurring.interval}`
    : ` every ${recurring.interval_count} ${recurring.interval}s`;
}

function chargeText(charge: ItemCharge, currency: string): string {
  const { item, productName } = charge;
  const quantity = charge.quantity ?? item.quantity ?? 1;
  if (charge.trial === true) return `Free trial for ${quantity} × ${productName}`;
  const unit = charge.unitAmountDecimal;
  if (unit === null) return `${quantity} × ${productName}`;
  return `${quantity} × ${productName} (at ${formatAmount(unit, currency)}${cadenceText(item)})`;
}

/** The line for a period of a subscription item. */
export function itemLine(subscription: Subscription, charge: ItemCharge): InvoiceLine {
  const { item } = charge;
  const amount = charge.trial === true ? 0 : charge.amount;
  const quantity = charge.quantity ?? item.quantity ?? 0;
  return {
    id: newId('il'),
    object: 'line_item',
    amount,
    currency: subscription.currency,
    description: chargeText(charge, subscription.currency),
    discount_amounts: [],
    discountable: true,
    discounts: item.discounts,
    invoice: null,
    livemode: false,
    metadata: { ...subscription.metadata, ...item.metadata },
    parent: {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
    },
    period: charge.period,
    pretax_credit_amounts: [],
    pricing: {
      type: 'price_details',
      price_details: { price: item.price.id, product: productOf(item) },
      unit_amount_decimal: charge.trial === true ? '0' : charge.unitAmountDecimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription.id,
    subtotal: amount,
    taxes: [],
  };
}

/** The id of the product that an item's price sells. */
export function productOf(item: SubscriptionItem): string {
  return item.price.product;
}

function creditedItems(item: InvoiceItem): { invoice: string; invoice_line_items: string[] } | null {
  const details = item.proration_details?.credited_items?.invoice_line_item_details;
  return details ? { invoice: details.invoice, invoice_line_items: details.invoice_line_items } : null;
}

function parentOf(item: InvoiceItem): InvoiceLine['parent'] {
  const source = item.parent?.subscription_details ?? null;
  const common = {
    proration: item.proration,
    proration_details: { credited_items: creditedItems(item) },
    subscription: source?.subscription ?? null,
  };
  if (source?.subscription_item !== undefined) {
    return {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: { ...common, invoice_item: item.id, subscription_item: source.subscription_item },
    };
  }
  return {
    type: 'invoice_item_details',
    invoice_item_details: { ...common, invoice_item: item.id },
    subscription_item_details: null,
  };
}

/** The line that an invoice item becomes. */
export function invoiceItemLine(item: InvoiceItem): InvoiceLine {
  return {
    id: newId('il'),
    object: 'line_item',
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    discount_amounts: [],
    discountable: item.discountable,
    discounts: item.discounts ?? [],
    invoice: null,
    livemode: false,
    metadata: item.metadata ?? {},
    parent: parentOf(item),
    period: item.period,
    pretax_credit_amounts: [],
    pricing: item.pricing,
    quantity: item.quantity,
    quantity_decimal: item.quantity_decimal,
    subscription: item.parent?.subscription_details?.subscription ?? null,
    subtotal: item.amount,
    taxes: [],
  };
}
