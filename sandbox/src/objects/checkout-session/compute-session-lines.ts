import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context, withoutHidden } from '../../kernel/context.js';
import { amountFor } from '../../rules/amounts.js';
import { insertPrice } from '../price/create-price.js';
import { otherCurrency, priceIn, requirePriceIn } from '../price/price-in-currency.js';
import { type Price, prices } from '../price/price-type.js';
import { insertProduct } from '../product/create-product.js';
import { products } from '../product/product-type.js';
import { type LineItemParameters } from './checkout-session-parameters.js';
import { type SessionLine } from './checkout-session-type.js';

/** The price that a line item names or describes. */
function priceOf(context: Context, entry: LineItemParameters, param: string): Price {
  if ((entry.price === undefined) === (entry.price_data === undefined)) {
    throw invalidRequest('You must specify exactly one of these parameters: price, price_data.', { param });
  }
  if (entry.price_data !== undefined) {
    const { product, product_data: productData, ...given } = entry.price_data;
    if ((product === undefined) === (productData === undefined)) {
      const name = `${param}[price_data]`;
      throw invalidRequest('You must specify exactly one of these parameters: product, product_data.', { param: name });
    }
    if (product !== undefined) context.objects(products).require(product, `${param}[price_data][product]`);
    const owner =
      product ??
      insertProduct(context, { name: '', ...productData, metadata: mergeMetadata({}, productData?.metadata) }).id;
    return insertPrice(context, { ...given, product: owner });
  }
  const price = context.objects(prices).require(entry.price ?? '', `${param}[price]`);
  if (price.active) return price;
  throw invalidRequest('The price specified is inactive. This field only accepts active prices.', {
    param: `${param}[price]`,
  });
}

function checkPrice(price: Price, entry: LineItemParameters, mode: string, param: string): void {
  if (mode === 'payment' && price.recurring !== null) {
    throw invalidRequest(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      { param: 'mode' },
    );
  }
  const metered = price.recurring?.usage_type === 'metered';
  if (metered && entry.quantity !== undefined) {
    throw invalidRequest('Quantity should not be specified where usage_type is `metered`.', { param });
  }
  if (!metered && entry.quantity === undefined) {
    throw invalidRequest(`Quantity is required. Add \`quantity\` to \`${param}\``, {
      code: 'parameter_missing',
      param: `${param}[quantity]`,
    });
  }
}

/** What a line costs for a whole period, or once, before discounts; metered prices cost nothing in advance. */
export function fullLineAmount(context: Context, line: SessionLine): number {
  if (line.price === null || line.price.recurring?.usage_type === 'metered') return 0;
  return amountFor(requirePriceIn(context, line.price, line.currency ?? line.price.currency), line.quantity ?? 1);
}

/**
 * The lines of a new session, their amounts not computed yet. Throws 400 for prices that do not fit the mode.
 * @param currency that of the session; undefined: that of the prices
 */
export function newLines(
  context: Context,
  entries: readonly LineItemParameters[],
  mode: string,
  currency: string | undefined,
): SessionLine[] {
  const lines = entries.map((entry, position): SessionLine => {
    const param = `line_items[${position}]`;
    const price = priceOf(context, entry, param);
    checkPrice(price, entry, mode, param);
    checkCurrency(context, price, currency, param);
    return {
      id: context.newId('li'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: 0,
      amount_tax: 0,
      amount_total: 0,
      currency: currency ?? price.currency,
      description: context.objects(products).get(price.product)?.name ?? null,
      metadata: mergeMetadata({}, entry.metadata),
      price: withoutHidden(price),
      quantity: entry.quantity ?? null,
    };
  });
  checkLines(lines, mode);
  return lines;
}

function checkCurrency(context: Context, price: Price, currency: string | undefined, param: string): void {
  if (currency === undefined || priceIn(context, price, currency) !== undefined) return;
  throw otherCurrency(price.currency, currency, `${param}[price]`);
}

function checkLines(lines: readonly SessionLine[], mode: string): void {
  const currencies = new Set(lines.map((line) => line.currency));
  if (currencies.size > 1) {
    throw invalidRequest('All prices on a Checkout Session must have the same currency.', { param: 'line_items' });
  }
  if (mode === 'subscription' && !lines.some((line) => line.price?.recurring)) {
    throw invalidRequest('You must provide at least one recurring price in `subscription` mode when using prices.', {
      param: 'line_items',
    });
  }
}
