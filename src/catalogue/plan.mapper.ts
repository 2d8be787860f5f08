import { type Catalogue, type CataloguePlan, type CataloguePrice } from './catalogue.js';
import { type FeatureValue } from './catalogue.schema.js';
import { type PlanDto, type PlanFeatureDto, type PlanPriceDto } from './dto/plan.dto.js';
import { type PlanPrice } from './price.mapper.js';

/** A price of a plan, and what Stripe says of it. */
export interface PricedPlan {
  sold: CataloguePrice;
  price: PlanPrice;
}

/**
 * Plan → response.
 * @param prices those on sale
 * @param trialDays longest trial where the plan has none of its own
 */
export function toPlanDto(
  plan: CataloguePlan,
  prices: readonly PricedPlan[],
  { features }: Catalogue,
  rank: number,
  trialDays: number,
): PlanDto {
  const product = prices[0]?.price;
  const of = (wanted: CataloguePrice['purpose']) =>
    prices.filter(({ sold }) => sold.purpose === wanted).map(toPriceDto);
  return {
    tier: plan.key,
    name: plan.name ?? product?.productName ?? plan.key,
    description: plan.description ?? product?.productDescription ?? '',
    group: plan.group,
    rank,
    popular: plan.isPopular,
    default: plan.isDefault,
    add_on: plan.isAddOn,
    with: [...plan.with],
    trial_days: plan.trialDays ?? trialDays,
    seats:
      plan.seats === null
        ? null
        : { min: plan.seats.min, max: plan.seats.max, included: plan.seats.included, prices: of('seat') },
    features: [
      ...[...features.values()].flatMap((feature): PlanFeatureDto[] => {
        const value = plan.features.get(feature.key);
        if (value === undefined && plan.isAddOn) return [];
        return [{ key: feature.key, name: textOf(value ?? false, feature), included: isIncluded(value ?? false) }];
      }),
      ...plan.highlights.map((name) => ({ key: null, name, included: true })),
    ],
    prices: of('plan'),
  };
}

function toPriceDto({ sold, price }: PricedPlan): PlanPriceDto {
  return {
    interval: sold.interval,
    interval_count: sold.intervalCount,
    amount: price.amount.toNumber(),
    currency: price.currency,
    amounts: Object.fromEntries([...price.amounts].map(([currency, amount]) => [currency, amount.toNumber()])),
  };
}

function isIncluded(value: FeatureValue): boolean {
  return value !== false && value !== 0;
}

function textOf(value: FeatureValue, { name, one }: { name: string; one: string }): string {
  if (value === 'unlimited') return `Unlimited ${name}`;
  if (typeof value === 'boolean' || value === 0) return name.charAt(0).toUpperCase() + name.slice(1);
  return `${value.toLocaleString('en')} ${value === 1 ? one : name}`;
}
