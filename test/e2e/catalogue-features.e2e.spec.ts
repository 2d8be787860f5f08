import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { Caller } from '../support/caller.js';
import { catalogueFile } from '../support/catalogue-files.js';
import { cli } from '../support/cli.js';
import { configWith, createTestApp, type TestApp } from '../support/test-app.js';

const CATALOGUE: CatalogueInput = {
  currency: 'usd',
  features: {
    projects: { type: 'limit', name: 'projects' },
    sso: { type: 'flag', name: 'Single sign-on' },
    calls: { type: 'metered', name: 'calls' },
  },
  plans: {
    free: { name: 'Free', default: true, features: { projects: 1 } },
    small: {
      name: 'Small',
      prices: [{ interval: 'month', amounts: { usd: 10 } }],
      features: { projects: 5, sso: false, calls: 0 },
    },
    big: {
      name: 'Big',
      prices: [
        { interval: 'month', amounts: { usd: 20 } },
        { interval: 'year', amounts: { usd: 200 } },
      ],
      features: { projects: 'unlimited', sso: true },
    },
    api: { name: 'API', add_on: true, prices: [{ interval: 'month', amounts: { usd: 5 } }], features: { calls: 1000 } },
  },
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ enabledEvents: ['*'], environment: { BILLING_CATALOGUE: catalogueFile(CATALOGUE) } });
});
afterAll(() => app.close());

const push = async (...more: string[]) =>
  (await cli(['catalogue', 'push', ...more], app.config)).json as { changes: string[]; gaps: object[] };

/** The features of a product at Stripe, each with the id of what attaches it. */
async function attached(product: string): Promise<Record<string, string>> {
  const { data } = await app.stripe.products.listFeatures(product);
  return Object.fromEntries(data.map(({ id, entitlement_feature: feature }) => [feature.lookup_key, id]));
}

async function doctor(): Promise<{ state: string; text: string } | undefined> {
  const { json } = await cli(['doctor'], app.config);
  return (json.checks as { name: string; state: string; text: string }[]).find(({ name }) => name === 'features');
}

describe("a push of the catalogue to Stripe's entitlements", () => {
  it('makes each feature once, and gives each product those that its plan gives any of', async () => {
    const { data } = await app.stripe.entitlements.features.list();
    expect(data.map(({ lookup_key: key, name }) => [key, name]).sort()).toEqual([
      ['calls', 'calls'],
      ['projects', 'projects'],
      ['sso', 'Single sign-on'],
    ]);
    expect(Object.keys(await attached('billing_small'))).toEqual(['projects']);
    expect(Object.keys(await attached('billing_big')).sort()).toEqual(['projects', 'sso']);
    expect(Object.keys(await attached('billing_api'))).toEqual(['calls']);
    expect(await push()).toMatchObject({ changes: [], gaps: [] });
    expect(await doctor()).toMatchObject({ state: 'ok', text: 'as the catalogue says' });
  });

  it('leads to entitlements of who buys, whose event changes nothing here', async () => {
    const caller = await Caller.create(app);
    const wish = { tier: 'big', add_ons: [{ plan: 'api' }], payment_method_id: 'pm_card_visa' };
    await caller.post('/subscription', wish).expect(201);
    const customer = await caller.stripeCustomerId();
    const { data } = await app.stripe.entitlements.activeEntitlements.list({ customer });
    expect(data.map(({ lookup_key: key }) => key).sort()).toEqual(['calls', 'projects', 'sso']);
    await app.settle();
    const ends = await app.dataSource.query(
      `select distinct state from webhook_events where type like 'entitlements.%'`,
    );
    expect(ends).toEqual([{ state: 'ignored' }]);
  });

  it('shows first what it would mend, as doctor does, and leaves what is of no catalogue', async () => {
    const other = await app.stripe.entitlements.features.create({ lookup_key: 'of_others', name: 'Of others' });
    await app.stripe.products.createFeature('billing_small', { entitlement_feature: other.id });
    const own = await attached('billing_big');
    await app.stripe.products.deleteFeature('billing_big', own.sso ?? '');
    const [sso] = (await app.stripe.entitlements.features.list({ lookup_key: 'sso' })).data;
    await app.stripe.products.createFeature('billing_small', { entitlement_feature: sso?.id ?? '' });
    await app.stripe.entitlements.features.update(sso?.id ?? '', { active: false });
    const steps = [
      'activate the archived feature sso',
      'take the feature sso off the product billing_small of small',
      'give the product billing_big of big the feature sso',
    ];
    expect((await push('--dry-run')).changes).toEqual(steps.map((step) => `would ${step}`));
    expect(await doctor()).toMatchObject({ state: 'warn', text: expect.stringContaining(steps.join('; ')) });
    expect((await push()).changes).toEqual(steps);
    expect(Object.keys(await attached('billing_small')).sort()).toEqual(['of_others', 'projects']);
    expect(await push('--dry-run')).toMatchObject({ changes: [] });
    expect(await doctor()).toMatchObject({ state: 'ok' });
  });

  it('comes back with a pull: a feature at Stripe is had or not', async () => {
    const { json } = await cli(['catalogue', 'pull'], app.config);
    expect(json.catalogue).toMatchObject({
      features: { sso: { type: 'flag', name: 'Single sign-on' }, of_others: { type: 'flag', name: 'Of others' } },
      plans: { big: { features: { projects: true, sso: true } }, small: { features: { projects: true } } },
    });
  });

  it('says which feature cannot be there', async () => {
    const key = 'x'.repeat(81);
    const file = catalogueFile({ ...CATALOGUE, features: { ...CATALOGUE.features, [key]: { type: 'flag' } } });
    const { code, json } = await cli(['catalogue', 'push'], configWith(app, { BILLING_CATALOGUE: file }));
    expect([code, json.gaps]).toEqual([1, [{ origin: `features.${key}`, problem: expect.stringContaining('80') }]]);
  });
});

describe('a catalogue that was never pushed with its features', () => {
  it('is no reason for doctor to warn', async () => {
    const other = await createTestApp();
    try {
      const { json } = await cli(['doctor'], other.config);
      expect(json.checks as object[]).toContainEqual(expect.objectContaining({ name: 'features', state: 'ok' }));
    } finally {
      await other.close();
    }
  });
});
