import { z } from 'zod';

/** How often a price is paid, Stripe's words. */
export const BILLING_INTERVALS = ['day', 'week', 'month', 'year'] as const;
export type BillingInterval = (typeof BILLING_INTERVALS)[number];

/** Stripe bills a period of three years at most (https://docs.stripe.com/api/prices/create, `recurring.interval_count`). */
const LONGEST_PERIOD = { day: 1095, week: 156, month: 36, year: 3 } as const;
const KEY = /^[a-z0-9_-]{1,100}$/;

const key = () => z.string().regex(KEY, 'must be 1 to 100 small letters, digits, _ or -');
const currency = () => z.string().regex(/^[a-z]{3}$/, 'must be an ISO 4217 code in small letters');
const count = () => z.int().min(0).max(1_000_000_000);
/** Major units; the exact decimals of the currency are checked with the rest of the catalogue. */
const amount = () => z.number().min(0).max(99_999_999.99);

const price = z
  .strictObject({
    interval: z.enum(BILLING_INTERVALS).describe('How often it is paid'),
    interval_count: z.int().min(1).default(1).describe('Intervals that are paid for at a time'),
    price: z.string().startsWith('price_').max(255).optional().describe('Id of the price at Stripe'),
    lookup_key: z.string().min(1).max(200).optional().describe('Lookup key of the price at Stripe'),
    amounts: z
      .record(currency(), amount())
      .optional()
      .describe('Amount of one period by currency, in major units; the push makes such a price at Stripe'),
  })
  .superRefine(({ interval, interval_count: times, price: id, lookup_key: lookupKey, amounts }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (times > LONGEST_PERIOD[interval]) refuse(['interval_count'], 'a period lasts three years at most');
    if (id === undefined && lookupKey === undefined && amounts === undefined)
      refuse([], 'needs price, lookup_key or amounts');
    if (id !== undefined && (lookupKey !== undefined || amounts !== undefined))
      refuse(['price'], 'stands alone: a price that is named by its id has no lookup_key and no amounts here');
  });

const seats = z.strictObject({
  min: count().default(1).describe('Fewest seats'),
  max: count().optional().describe('Most seats; left out: no limit'),
  included: count().default(0).describe('Seats that the price of the plan holds; needs prices'),
  feature: key().optional().describe('The feature whose limit is the number of seats'),
  prices: z.array(price).default([]).describe('Price of a seat past those included; without it prices are per seat'),
});

const feature = z.strictObject({
  type: z.enum(['flag', 'limit', 'metered']).describe('flag: had or not; limit: so many; metered: used up'),
  name: z.string().min(1).max(100).optional().describe('Name to show; default: the key'),
  one: z.string().min(1).max(100).optional().describe('Name of a single one; default: name'),
  meter: z.string().min(1).max(100).optional().describe('Event name of the Stripe meter of a metered feature'),
  reset: z
    .enum(['day', 'week', 'month', 'year', 'period', 'never'])
    .optional()
    .describe('When what was used counts anew: a calendar interval in UTC, or the period of the subscription'),
});

const plan = z.strictObject({
  name: z.string().min(1).max(250).optional().describe("Name to show; left out: that of Stripe's product"),
  description: z.string().max(1000).optional().describe("One line to show; left out: that of Stripe's product"),
  group: key().optional().describe('At most one live subscription per payer and group; default main'),
  default: z.boolean().default(false).describe('What a payer has without a subscription; has no prices'),
  rank: z.int().min(0).max(1_000_000).optional().describe('A higher rank is an upgrade; left out: the price a month'),
  popular: z.boolean().default(false).describe('Shown as such on the page'),
  trial_days: z.int().min(0).max(730).optional().describe('Longest trial of this plan; left out: TRIAL_DAYS'),
  seats: seats.optional(),
  prices: z.array(price).max(50).default([]).describe('What it costs; none: it is had, not bought'),
  earlier_prices: z
    .array(z.string().startsWith('price_').max(255))
    .default([])
    .describe('Prices it was sold at, whose subscribers keep the plan'),
  features: z
    .record(key(), z.union([z.boolean(), count(), z.literal('unlimited')]))
    .default({})
    .describe('By feature: true or false for a flag; a number or unlimited for all else'),
  highlights: z.array(z.string().min(1).max(200)).max(20).default([]).describe('More lines to show'),
  add_on: z.boolean().default(false).describe('Sold beside a plan, as an item of its subscription'),
  with: z.array(key()).default([]).describe('Plans that the add-on goes with; none: all'),
});

/** The form of the catalogue file. */
export const catalogueSchema = z.strictObject({
  $schema: z.string().optional(),
  currency: currency().describe('Currency of who names none, ISO 4217 in small letters'),
  features: z.record(key(), feature).default({}).describe('What plans may give, by key'),
  plans: z.record(key(), plan).describe('Plans and add-ons by key, in the order in which they are shown'),
});

/** A catalogue as written. */
export type CatalogueInput = z.input<typeof catalogueSchema>;
/** A catalogue with all defaults. */
export type CatalogueContent = z.output<typeof catalogueSchema>;
export type FeatureType = CatalogueContent['features'][string]['type'];
/** What a plan gives of a feature. */
export type FeatureValue = boolean | number | 'unlimited';
