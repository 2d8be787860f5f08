import Stripe from 'stripe';

const PLANS = [
  { tier: 'starter', name: 'Starter', month: 2_900, year: 29_000 },
  { tier: 'professional', name: 'Professional', month: 7_900, year: 79_000 },
  { tier: 'enterprise', name: 'Enterprise', month: 19_900, year: 199_000 },
] as const;
const INTERVALS = ['month', 'year'] as const;
const CURRENCY = 'usd';

type Plan = (typeof PLANS)[number];
type Interval = (typeof INTERVALS)[number];

/** The environment variable that names the price of a plan. */
export type PriceVariable = `STRIPE_${Uppercase<Plan['tier']>}_${'MONTHLY' | 'YEARLY'}_PRICE_ID`;

/**
 * Makes sure that the Stripe account has a product for each plan and a recurring price for each plan and interval, found
 * by the lookup keys `starter_month` … `enterprise_year`. A price that is there is used as it is, whatever its amount.
 *
 * @returns the price ids by the names of their environment variables
 */
export async function ensureCatalogue(stripe: Stripe): Promise<Record<PriceVariable, string>> {
  const prices = await findPrices(stripe);
  const ids: Partial<Record<PriceVariable, string>> = {};
  for (const plan of PLANS) {
    for (const interval of INTERVALS) {
      const price = prices.get(lookupKey(plan, interval)) ?? (await createPrice(stripe, plan, interval));
      ids[variableOf(plan, interval)] = price.id;
    }
  }
  return ids as Record<PriceVariable, string>;
}

async function findPrices(stripe: Stripe): Promise<Map<string | null, Stripe.Price>> {
  const lookupKeys = PLANS.flatMap((plan) => INTERVALS.map((interval) => lookupKey(plan, interval)));
  const { data } = await stripe.prices.list({ lookup_keys: lookupKeys, active: true, limit: 100 });
  return new Map(data.map((price) => [price.lookup_key, price]));
}

async function createPrice(stripe: Stripe, plan: Plan, interval: Interval): Promise<Stripe.Price> {
  return stripe.prices.create({
    product: await ensureProduct(stripe, plan),
    currency: CURRENCY,
    unit_amount: plan[interval],
    recurring: { interval },
    lookup_key: lookupKey(plan, interval),
    metadata: { tier: plan.tier },
  });
}

/** The id is ours, so that a set-up that was interrupted does not make a second product. */
async function ensureProduct(stripe: Stripe, { tier, name }: Plan): Promise<string> {
  const id = `billing_${tier}`;
  try {
    return (await stripe.products.retrieve(id)).id;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing')) throw error;
    return (await stripe.products.create({ id, name, metadata: { tier } })).id;
  }
}

function lookupKey({ tier }: Plan, interval: Interval): string {
  return `${tier}_${interval}`;
}

function variableOf({ tier }: Plan, interval: Interval): PriceVariable {
  const name = tier.toUpperCase() as Uppercase<Plan['tier']>;
  return `STRIPE_${name}_${interval === 'month' ? 'MONTHLY' : 'YEARLY'}_PRICE_ID`;
}
