import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Values, mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { type Wire } from '../../wire.js';
import { meters } from '../meter/meter-type.js';
import { type createParameters } from './price-parameters.js';
import { type Hidden, type Price, prices } from './price-type.js';

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

export function toCurrencyOptions(given: CurrencyOptionValues | undefined): Hidden['currency_options'] {
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
export function claimLookupKey(context: Context, key: string, transfer: boolean | undefined, owner?: string): void {
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
