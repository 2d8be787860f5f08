import { afterEach, describe, expect, it } from '@jest/globals';
import { catalogueFile } from '../../support/catalogue-files.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { chaosSettings } from '../chaos-settings.js';
import { Random } from '../ordering-model/random.js';
import { type AccountPrices, catalogueOf, makeAccount } from './account.js';
import { drawShop } from './draw-shop.js';
import { expectPlansShown } from './shown.js';
import { ShopLife } from './shop-life.js';

const { catalogueSeeds } = chaosSettings();
const TIMEOUT = 600_000;

let app: TestApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

describe('whatever a catalogue sells', () => {
  // Again: npm run test:chaos -- catalogues --catalogues 1 --seed <the seed in the name>
  it.each(catalogueSeeds)(
    'is sold, changed up, down and sideways, renewed and ended as it says (seed %d)',
    async (own) => {
      const before = process.cpuUsage();
      const random = new Random(own);
      const shop = drawShop(random);
      let ids: AccountPrices = new Map();
      app = await createTestApp({
        prepare: async (stripe) => {
          ids = await makeAccount(stripe, shop);
          return { BILLING_CATALOGUE: catalogueFile(catalogueOf(shop, ids)) };
        },
      });
      await expectPlansShown(app, shop);
      const life = new ShopLife(app, shop, random, ids);
      await life.live();
      const { purchases, changes, invoices } = life.tally;
      const { user, system } = process.cpuUsage(before);
      const figures = `${shop.plans.length} plans, ${purchases} purchases, ${changes} changes, ${invoices} invoices`;
      process.stdout.write(`catalogue ${own}: ${figures}, ${((user + system) / 1e6).toFixed(1)} s of processor\n`);
      expect(purchases).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});
