/** An API version from before the changes of 2025-03-31 (basil) and 2025-09-30 (clover). */
export const OLD_API_VERSION = '2024-06-20';

type Fields = { readonly [name: string]: unknown };

/**
 * The object as an endpoint with `OLD_API_VERSION` would receive it, for the differences that matter to billing:
 * subscriptions carry their period, discount and plan themselves; invoices their subscription, `paid` and no `parent`;
 * lines their price; discounts and promotion codes their coupon. Nested objects are converted too.
 */
export function toOldShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toOldShape);
  if (!isFields(value)) return value;
  const converted = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toOldShape(part)]));
  switch (value.object) {
    case 'subscription':
      return oldSubscription(converted, value);
    case 'subscription_item':
      return without(converted, 'current_period_start', 'current_period_end');
    case 'invoice':
      return oldInvoice(converted, value);
    case 'line_item':
      return oldLine(converted);
    case 'discount':
      return { ...without(converted, 'source'), coupon: isFields(value.source) ? value.source.coupon : null };
    case 'promotion_code':
      return { ...without(converted, 'promotion'), coupon: isFields(value.promotion) ? value.promotion.coupon : null };
    default:
      return converted;
  }
}

function oldSubscription(converted: Fields, subscription: Fields): Fields {
  const list = isFields(subscription.items) ? subscription.items.data : undefined;
  const items = Array.isArray(list) ? list.filter(isFields) : [];
  const only = items.length === 1 ? items[0] : undefined;
  const discounts = Array.isArray(converted.discounts) ? converted.discounts : [];
  return {
    ...without(converted, 'billing_mode', 'billing_schedules', 'managed_payments', 'customer_account'),
    current_period_start: items[0]?.current_period_start ?? null,
    current_period_end: items[0]?.current_period_end ?? null,
    discount: discounts[0] ?? null,
    plan: only?.plan ?? null,
    quantity: only?.quantity ?? null,
  };
}

function oldInvoice(converted: Fields, invoice: Fields): Fields {
  const parent = isFields(invoice.parent) ? invoice.parent.subscription_details : undefined;
  const details = isFields(parent) ? parent : {};
  const discounts = Array.isArray(converted.discounts) ? converted.discounts : [];
  return {
    ...without(converted, 'parent', 'confirmation_secret', 'total_taxes', 'amount_overpaid', 'customer_account'),
    subscription: details.subscription ?? null,
    subscription_details: { metadata: details.metadata ?? null },
    paid: invoice.status === 'paid',
    paid_out_of_band: false,
    charge: null,
    payment_intent: null,
    discount: discounts[0] ?? null,
    tax: null,
    total_tax_amounts: [],
  };
}

function oldLine(line: Fields): Fields {
  const parent = isFields(line.parent) ? line.parent : {};
  const details = [parent.subscription_item_details, parent.invoice_item_details].find(isFields) ?? {};
  const pricing = isFields(line.pricing) && isFields(line.pricing.price_details) ? line.pricing.price_details : {};
  return {
    ...without(line, 'parent', 'pricing', 'taxes'),
    type: parent.type === 'subscription_item_details' ? 'subscription' : 'invoiceitem',
    subscription: details.subscription ?? null,
    subscription_item: details.subscription_item ?? null,
    proration: details.proration ?? false,
    price: pricing.price ?? null,
    tax_amounts: [],
  };
}

function without(fields: Fields, ...names: string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
