import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';

/** Writes a catalogue as a file of its own and returns its path. */
export function catalogueFile(content: CatalogueInput): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'catalogue-')), 'billing.catalogue.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

/** The smallest shop: one plan at 9 EUR a month, and what everybody has without it. */
export const ONE_PLAN: CatalogueInput = {
  currency: 'eur',
  features: { notes: { type: 'limit', name: 'notes' }, sharing: { type: 'flag' } },
  plans: {
    free: { name: 'Free', default: true, features: { notes: 10 } },
    pro: {
      name: 'Pro',
      prices: [{ interval: 'month', amounts: { eur: 9 } }],
      features: { notes: 'unlimited', sharing: true },
    },
  },
};

/** Two groups of plans, of which a payer may have one each; periods of all kinds, ranks by price. */
export const TWO_GROUPS: CatalogueInput = {
  currency: 'usd',
  plans: {
    basic: { name: 'Basic', prices: [{ interval: 'month', amounts: { usd: 10 } }] },
    plus: {
      name: 'Plus',
      prices: [
        { interval: 'month', amounts: { usd: 20 } },
        { interval: 'month', interval_count: 3, amounts: { usd: 55 } },
        { interval: 'year', amounts: { usd: 200 } },
      ],
    },
    hosting: { name: 'Hosting', group: 'hosting', trial_days: 30, prices: [{ interval: 'week', amounts: { usd: 5 } }] },
    hosting_pro: { name: 'Hosting Pro', group: 'hosting', prices: [{ interval: 'week', amounts: { usd: 9 } }] },
  },
};

const both = (month: number, year: number) => [
  { interval: 'month' as const, amounts: { usd: month } },
  { interval: 'year' as const, amounts: { usd: year } },
];

/** A plan without seats, one at a price a seat, one that holds three seats and sells more; two add-ons. */
export const SEATS_AND_ADD_ONS: CatalogueInput = {
  currency: 'usd',
  features: { members: { type: 'limit', name: 'members' } },
  plans: {
    solo: { name: 'Solo', rank: 1, prices: both(10, 100) },
    crew: { name: 'Crew', rank: 2, seats: { min: 2, max: 20 }, prices: both(8, 80) },
    team: {
      name: 'Team',
      rank: 3,
      seats: { max: 50, included: 3, feature: 'members', prices: both(7, 70) },
      prices: both(49, 490),
    },
    support: {
      name: 'Support',
      add_on: true,
      with: ['crew', 'team'],
      prices: [{ interval: 'month', amounts: { usd: 20 } }],
    },
    storage: { name: 'Storage', add_on: true, prices: both(5, 50) },
  },
};

/** Plans and an add-on in two currencies, and one that is sold in dollars alone. */
export const TWO_CURRENCIES: CatalogueInput = {
  currency: 'usd',
  plans: {
    small: { name: 'Small', prices: [{ interval: 'month', amounts: { usd: 10, eur: 9 } }] },
    big: { name: 'Big', prices: [{ interval: 'month', amounts: { usd: 20, eur: 18 } }] },
    local: { name: 'Local', prices: [{ interval: 'month', amounts: { usd: 30 } }] },
    hosting: { name: 'Hosting', group: 'hosting', prices: [{ interval: 'month', amounts: { usd: 5, eur: 4 } }] },
    support: { name: 'Support', add_on: true, prices: [{ interval: 'month', amounts: { usd: 2 } }] },
  },
};
