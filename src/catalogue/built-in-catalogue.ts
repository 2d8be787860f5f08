import { type AppConfig, type PriceVariable } from '../config/app-config.js';
import { Catalogue, type Plan } from './catalogue.js';
import { type CatalogueInput, catalogueSchema } from './catalogue.schema.js';

const prices = (month: number, year: number) => [
  { interval: 'month' as const, amounts: { usd: month } },
  { interval: 'year' as const, amounts: { usd: year } },
];

/** What is sold without a catalogue file: the three tiers of the guide, with texts that fit any product. */
export const BUILT_IN_CATALOGUE = {
  currency: 'usd',
  features: {
    projects: { type: 'limit', name: 'projects', one: 'project' },
    members: { type: 'limit', name: 'members', one: 'member' },
    sso: { type: 'flag', name: 'Single sign-on' },
    api_access: { type: 'flag', name: 'API access' },
  },
  plans: {
    starter: {
      name: 'Starter',
      description: 'For one person with a first project',
      rank: 1,
      prices: prices(29, 290),
      features: { projects: 3, members: 1, sso: false, api_access: false },
      highlights: ['Email support'],
    },
    professional: {
      name: 'Professional',
      description: 'For a team that grows',
      rank: 2,
      popular: true,
      prices: prices(79, 790),
      features: { projects: 50, members: 10, sso: true, api_access: false },
      highlights: ['Priority support'],
    },
    enterprise: {
      name: 'Enterprise',
      description: 'For a whole organization',
      rank: 3,
      prices: prices(199, 1990),
      features: { projects: 'unlimited', members: 'unlimited', sso: true, api_access: true },
      highlights: ['Dedicated account manager'],
    },
  },
} as const satisfies CatalogueInput;

/** The built-in catalogue, to be made at Stripe. */
export function builtInCatalogue(): Catalogue {
  return Catalogue.of(catalogueSchema.parse(BUILT_IN_CATALOGUE), (_, path) => path);
}

/** The built-in catalogue at the prices that the six variables name, whatever their amounts and their currency. */
export function catalogueOfVariables({ env }: AppConfig): Catalogue {
  const content = catalogueSchema.parse(BUILT_IN_CATALOGUE);
  for (const [tier, plan] of Object.entries(content.plans))
    plan.prices = plan.prices.map(({ interval, interval_count }) => {
      const id = env[variableOf({ tier, interval, intervalCount: interval_count })];
      return { interval, interval_count, ...(id === undefined ? {} : { price: id }) };
    });
  return Catalogue.of(content, variableOf, null);
}

/** The environment variable that names a price of the built-in catalogue. */
export function variableOf({ tier, interval }: Plan): PriceVariable {
  return `STRIPE_${tier.toUpperCase()}_${interval === 'month' ? 'MONTHLY' : 'YEARLY'}_PRICE_ID` as PriceVariable;
}
