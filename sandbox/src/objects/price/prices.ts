import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  boolean,
  currency,
  decimal,
  either,
  hash,
  integer,
  mergeMetadata,
  metadata,
  oneOf,
  record,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored, type Wire } from '../../wire.js';
import { meters } from '../meter/meter-type.js';
import { insertProduct, products } from '../product/products.js';
import { type Resource } from '../../http/resource.js';

interface Hidden {
  tiers: Wire<Stripe.Price.Tier>[] | null;
  currency_options: Record<string, Wire<Stripe.Price.CurrencyOptions>>;
  /** True once it was deleted as a plan: `GET /v1/plans` does not show it any more. */
  plan_deleted?: boolean;
}

export type Price = Stored<Omit<Stripe.Price, 'tiers' | 'currency_options'>, Hidden>;

export const prices = objectType<Price>({
  object: 'price',
  prefix: 'price',
  indexes: { product: (price) => price.product, lookup_key: (price) => price.lookup_key },
  references: { product: 'product' },
  includable: {
    tiers: (price) => price.sandbox.tiers ?? undefined,
    currency_options: (price) => price.sandbox.currency_options,
  },
});

const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');
const amount = integer({ min: 0, max: 99_999_999_999 });
export const tier = hash({
  flat_amount: amount,
  flat_amount_decimal: decimal(),
  unit_amount: amount,
  unit_amount_decimal: decimal(),
  up_to: required(either(integer({ min: 1 }), oneOf('inf'))),
});
const currencyOptions = record(
  hash({
    custom_unit_amount: unsupported(),
    tax_behavior: taxBehavior,
    tiers: array(tier),
    unit_amount: amount,
    unit_amount_decimal: decimal(),
  }),
);

/** The product of a new price, or of a new plan. */
export const productData = hash({
  active: boolean(),
  id: string(),
  metadata: metadata(),
  name: required(string()),
  statement_descriptor: string({ max: 22 }),
  tax_code: unsupported(),
  tax_details: unsupported(),
  unit_label: string({ max: 12 }),
} satisfies DeclaredFor<Stripe.PriceCreateParams.ProductData>);

const createParameters = {
  currency: required(currency()),
  active: boolean(),
  billing_scheme: oneOf('per_unit', 'tiered'),
  currency_options: currencyOptions,
  custom_unit_amount: unsupported(),
  lookup_key: string({ max: 200 }),
  metadata: metadata(),
  nickname: string(),
  product: string(),
  product_data: productData,
  recurring: hash({
    interval: required(oneOf('day', 'month', 'week', 'year')),
    interval_count: integer({ min: 1 }),
    meter: string(),
    trial_period_days: integer({ min: 1 }),
    usage_type: oneOf('licensed', 'metered'),
  } satisfies DeclaredFor<Stripe.PriceCreateParams.Recurring>),
  tax_behavior: taxBehavior,
  tiers: array(tier),
  tiers_mode: oneOf('graduated', 'volume'),
  transfer_lookup_key: boolean(),
  transform_quantity: hash({ divide_by: required(integer({ min: 1 })), round: required(oneOf('down', 'up')) }),
  unit_amount: amount,
  unit_amount_decimal: decimal(),
} satisfies DeclaredFor<Stripe.PriceCreateParams>;

const updateParameters = {
  active: boolean(),
  currency_options: unsettable(currencyOptions),
  lookup_key: unsettable(string({ max: 200 })),
  metadata: metadata(),
  nickname: unsettable(string()),
  tax_behavior: taxBehavior,
  transfer_lookup_key: boolean(),
} satisfies DeclaredFor<Stripe.PriceUpdateParams>;

const listParameters = {
  ...pagination,
  active: boolean(),
  created: range,
  currency: currency(),
  lookup_keys: array(string(), { max: 10 }),
  product: string(),
  recurring: hash({
    interval: oneOf('day', 'month', 'week', 'year'),
    meter: string(),
    usage_type: oneOf('licensed', 'metered'),
  }),
  type: oneOf('one_time', 'recurring'),
} satisfies DeclaredFor<Stripe.PriceListParams>;

type Given = Omit<Values<typeof createParameters>, 'product_data'> & { product: string };
type Amounts = { readonly unit_amount?: number; readonly unit_amount_decimal?: string };

/** `unit_amount` and `unit_amount_decimal` from whichever was given; fractions of a minor unit have no `unit_amount`. */
function unitAmounts(
  given: Amounts,
  param: string,
): { unit_amount: number | null; unit_amount_decimal: string | null } {
  if (given.unit_amount !== undefined && given.unit_amount_decimal !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: unit_amount, unit_amount_decimal.', { param });
  }
  if (given.unit_amount !== undefined) {
    return { unit_amount: given.unit_amount, unit_amount_decimal: String(given.unit_amount) };
  }
  if (given.unit_amount_decimal === undefined) return { unit_amount: null, unit_amount_decimal: null };
  const number = Number(given.unit_amount_decimal);
  return { unit_amount: Number.isInteger(number) ? number : null, unit_amount_decimal: given.unit_amount_decimal };
}

function toTier(values: TierValues): Wire<Stripe.Price.Tier> {
  const flat = unitAmounts(
    { unit_amount: values.flat_amount, unit_amount_decimal: values.flat_amount_decimal },
    'tiers',
  );
  return {
    flat_amount: flat.unit_amount,
    flat_amount_decimal: flat.unit_amount_decimal,
    ...unitAmounts(values, 'tiers'),
    up_to: values.up_to === 'inf' ? null : values.up_to,
  };
}

type TierValues = NonNullable<Given['tiers']>[number];
type CurrencyOptionValues = NonNullable<Given['currency_options']>;

function toCurrencyOptions(given: CurrencyOptionValues | undefined): Hidden['currency_options'] {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([code, option]) => [
      code,
      {
        custom_unit_amount: null,
        tax_behavior: option.tax_behavior ?? 'unspecified',
        ...(option.tiers === undefined ? {} : { tiers: option.tiers.map(toTier) }),
        ...unitAmounts(option, `currency_options[${code}]`),
      },
    ]),
  );
}

function checkAmounts(given: Given): void {
  const tiered = given.billing_scheme === 'tiered';
  if (tiered && (given.tiers === undefined || given.tiers_mode === undefined)) {
    throw invalidRequest('You must specify `tiers` and `tiers_mode` when `billing_scheme` is `tiered`.', {
      param: 'tiers',
    });
  }
  if (!tiered && given.tiers !== undefined) {
    throw invalidRequest('`tiers` can only be set when `billing_scheme` is `tiered`.', { param: 'tiers' });
  }
  if (!tiered && given.unit_amount === undefined && given.unit_amount_decimal === undefined) {
    throw invalidRequest('Missing required param: unit_amount.', { code: 'parameter_missing', param: 'unit_amount' });
  }
  if (given.recurring?.usage_type === 'metered' && given.recurring.meter === undefined) {
    throw invalidRequest('Metered prices must be backed by a meter. Specify `recurring[meter]`.', {
      param: 'recurring[meter]',
    });
  }
}

function checkMeter(context: Context, id: string | undefined): void {
  if (id === undefined) return;
  const meter = context.objects(meters).require(id, 'recurring[meter]');
  if (meter.status === 'active') return;
  throw invalidRequest('You cannot attach a price to a meter that is inactive.', { param: 'recurring[meter]' });
}

/** Frees a lookup key for a price: taken from the other price when it may be transferred, else refused. */
function claimLookupKey(context: Context, key: string, transfer: boolean | undefined, owner?: string): void {
  for (const other of context.objects(prices).where('lookup_key', key)) {
    if (other.id === owner) continue;
    if (transfer !== true) {
      throw invalidRequest(`A price (\`${other.id}\`) already uses that lookup key.`, {
        code: 'resource_already_exists',
        param: 'lookup_key',
      });
    }
    const after = context.objects(prices).update(other.id, { lookup_key: null });
    context.emitUpdated('price.updated', other, after);
  }
}

function toRecurring(given: Given['recurring']): Price['recurring'] {
  if (given === undefined) return null;
  return {
    interval: given.interval,
    interval_count: given.interval_count ?? 1,
    meter: given.meter ?? null,
    trial_period_days: given.trial_period_days ?? null,
    usage_type: given.usage_type ?? 'licensed',
  };
}

/** Stores a new price and emits `price.created`. `id`: of a price that was created as a plan. */
export function insertPrice(context: Context, given: Given, id = context.newId('price')): Price {
  checkAmounts(given);
  checkMeter(context, given.recurring?.meter);
  if (given.lookup_key !== undefined) claimLookupKey(context, given.lookup_key, given.transfer_lookup_key);
  const price = context.objects(prices).insert({
    id,
    object: 'price',
    active: given.active ?? true,
    billing_scheme: given.billing_scheme ?? 'per_unit',
    created: context.now(),
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: given.lookup_key ?? null,
    metadata: mergeMetadata({}, given.metadata),
    nickname: given.nickname ?? null,
    product: given.product,
    recurring: toRecurring(given.recurring),
    tax_behavior: given.tax_behavior ?? 'unspecified',
    tiers_mode: given.tiers_mode ?? null,
    transform_quantity: given.transform_quantity ?? null,
    type: given.recurring === undefined ? 'one_time' : 'recurring',
    ...unitAmounts(given, 'unit_amount'),
    sandbox: {
      tiers: given.tiers?.map(toTier) ?? null,
      currency_options: toCurrencyOptions(given.currency_options),
    },
  });
  context.emit('price.created', price);
  return price;
}

const create = route({
  method: 'POST',
  path: '/v1/prices',
  parameters: createParameters,
  handle({ context, parameters }) {
    const { product_data: productData, product, ...given } = parameters;
    if ((product === undefined) === (productData === undefined)) {
      throw invalidRequest('You must specify exactly one of: product, product_data.', {
        code: 'parameter_missing',
        param: 'product',
      });
    }
    if (product !== undefined) context.objects(products).require(product, 'product');
    const owner =
      product ??
      insertProduct(context, { name: '', ...productData, metadata: mergeMetadata({}, productData?.metadata) }).id;
    return context.present(insertPrice(context, { ...given, product: owner }));
  },
});

const update = route({
  method: 'POST',
  path: '/v1/prices/:price',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(prices).require(path.price);
    if (typeof sent.lookup_key === 'string') {
      claimLookupKey(context, sent.lookup_key, sent.transfer_lookup_key, before.id);
    }
    const options = sent.currency_options;
    const after = context.objects(prices).update(before.id, {
      active: sent.active ?? before.active,
      lookup_key: sent.lookup_key === undefined ? before.lookup_key : sent.lookup_key,
      metadata: mergeMetadata(before.metadata, sent.metadata),
      nickname: sent.nickname === undefined ? before.nickname : sent.nickname,
      tax_behavior: sent.tax_behavior ?? before.tax_behavior,
      sandbox: {
        ...before.sandbox,
        currency_options: options === null ? {} : { ...before.sandbox.currency_options, ...toCurrencyOptions(options) },
      },
    });
    context.emitUpdated('price.updated', before, after);
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/prices/:price',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(prices).require(path.price)),
});

const list = route({
  method: 'GET',
  path: '/v1/prices',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, prices, sent, {
      url: '/v1/prices',
      filter: (price) =>
        inRange(price.created, sent.created) &&
        (sent.active === undefined || price.active === sent.active) &&
        (sent.currency === undefined || price.currency === sent.currency) &&
        (sent.lookup_keys === undefined || sent.lookup_keys.includes(price.lookup_key ?? '')) &&
        (sent.product === undefined || price.product === sent.product) &&
        (sent.type === undefined || price.type === sent.type) &&
        (sent.recurring?.interval === undefined || price.recurring?.interval === sent.recurring.interval) &&
        (sent.recurring?.meter === undefined || price.recurring?.meter === sent.recurring.meter) &&
        (sent.recurring?.usage_type === undefined || price.recurring?.usage_type === sent.recurring.usage_type),
    }),
});

export const priceResource: Resource = { types: [prices], routes: [create, update, retrieve, list] };
