import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Catalogue as ClientCatalogue, defineCatalogue } from 'stripe-billing-client';
import { z } from 'zod';
import { BUILT_IN_CATALOGUE } from '../../src/catalogue/built-in-catalogue.js';
import { catalogueJsonSchema } from '../../src/catalogue/catalogue-json-schema.js';
import { Catalogue } from '../../src/catalogue/catalogue.js';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { ONE_PLAN, TWO_GROUPS } from '../support/catalogue-files.js';
import { readClientFile, renderCatalogueFiles } from '../support/client-types.js';

/** Seen from the compiled tests. */
const EXAMPLES = path.resolve(import.meta.dirname, '../../../examples');
const examples = readdirSync(EXAMPLES).filter((name) => name.endsWith('.catalogue.json'));
const exampleOf = (name: string) => JSON.parse(readFileSync(path.join(EXAMPLES, name), 'utf8')) as ClientCatalogue;

/** Both ways, so that neither has a field that the other lacks: else this does not compile. */
const sameTypes: [CatalogueInput] extends [ClientCatalogue]
  ? [ClientCatalogue] extends [CatalogueInput]
    ? true
    : never
  : never = true;

const published = z.fromJSONSchema(
  createRequire(import.meta.url)('stripe-billing-client/catalogue.schema.json') as Parameters<
    typeof z.fromJSONSchema
  >[0],
);

/** A catalogue of one plan. */
const shop = (plan: object, more: object = {}) => ({
  currency: 'usd',
  ...more,
  plans: { pro: { name: 'Pro', ...plan } },
});
const RIGHT = [
  ['a price by its id', shop({ prices: [{ interval: 'week', price: 'price_1' }] })],
  [
    'a price by its lookup key',
    shop({ prices: [{ interval: 'year', lookup_key: 'pro' }], earlier_prices: ['price_0'] }),
  ],
  ['seats', shop({ prices: [{ interval: 'month', amounts: { usd: 5 } }], seats: { min: 2, max: 9 } })],
] as const;
const WRONG = [
  ['an unknown word', shop({ colour: 'red' })],
  ['a currency in capitals', shop({}, { currency: 'USD' })],
  ['no plans', { currency: 'usd' }],
  ['an unknown interval', shop({ prices: [{ interval: 'fortnight', lookup_key: 'pro' }] })],
  ['an id that is none of a price', shop({ prices: [{ interval: 'month', price: 'prod_1' }] })],
  ['a value that is none', shop({ features: { sso: 'yes' } })],
] as const;

describe('the published form of a catalogue', () => {
  it('is that of the service (else: npm run client:generate)', async () => {
    const { schema, types } = await renderCatalogueFiles(catalogueJsonSchema());
    expect(await readClientFile('catalogue.schema.json')).toBe(schema);
    expect(await readClientFile('src/catalogue-types.ts')).toBe(types);
    expect(sameTypes).toBe(true);
  });

  it.each([
    ...RIGHT,
    ['the built-in catalogue', BUILT_IN_CATALOGUE],
    ['one plan', ONE_PLAN],
    ['two groups', TWO_GROUPS],
  ])('takes what the service takes: %s', (_what, catalogue) => {
    expect(published.safeParse(catalogue).success).toBe(true);
    expect(() => Catalogue.parse(catalogue, 'test')).not.toThrow();
  });

  it.each(WRONG)('refuses what the service refuses: %s', (_what, catalogue) => {
    expect(published.safeParse(catalogue).success).toBe(false);
    expect(() => Catalogue.parse(catalogue, 'test')).toThrow();
  });
});

describe('an example', () => {
  it.each(examples)('%s is a catalogue', (name) => {
    const catalogue = exampleOf(name);
    expect(published.safeParse(catalogue).error).toBeUndefined();
    expect(() => Catalogue.parse(defineCatalogue(catalogue), name)).not.toThrow();
  });

  it('has the prices and the texts of the guide', () => {
    const { plans } = exampleOf('learning-platform.catalogue.json');
    const prices = Object.values(plans).map((plan) => plan.prices?.map(({ amounts }) => amounts?.usd));
    expect(prices).toEqual([
      [29, 290],
      [79, 790],
      [199, 1990],
    ]);
    expect(plans.professional).toMatchObject({ popular: true, description: 'For growing educational programs' });
  });
});
