import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { closeApp } from '../../src/http/server.js';
import { Caller } from '../support/caller.js';
import { catalogueFile } from '../support/catalogue-files.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

const month = (name: { price: string } | { amounts: { usd: number } }) => [{ interval: 'month' as const, ...name }];
const FIRST: CatalogueInput = {
  currency: 'usd',
  plans: {
    team: { name: 'Team', prices: month({ amounts: { usd: 20 } }) },
    hosting: { name: 'Hosting', group: 'hosting', prices: month({ amounts: { usd: 5 } }) },
  },
};

let app: TestApp;
const prices: Record<string, string> = {};
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(FIRST) } });
  for (const key of ['team', 'hosting']) {
    const { data } = await app.stripe.prices.list({ lookup_keys: [`${key}_month`] });
    prices[key] = data[0]?.id ?? '';
  }
});
afterAll(() => app.close());

/** Starts another instance with a catalogue and ends it: what it did to the rows stays. */
async function startWith(plans: CatalogueInput['plans']): Promise<string> {
  const file = catalogueFile({ currency: 'usd', plans });
  const started = await startApp(configWith(app, { BILLING_CATALOGUE: file })).catch(
    (error: unknown) => error as Error,
  );
  if (started instanceof Error) return started.message;
  await closeApp(started);
  return 'started';
}
const rows = () =>
  app.dataSource.query<{ tier: string; plan_group: string | null; flagged: boolean }[]>(
    `select tier, plan_group, duplicate_of_id is not null as flagged from subscriptions where status = 'active' order by id`,
  );

describe('a start with another catalogue', () => {
  it('has the subscriptions follow it, refuses what would strand them, and flags those that meet in a group', async () => {
    const caller = await Caller.create(app);
    const card = { payment_method_id: 'pm_card_visa' };
    await caller.post('/subscription', { tier: 'team', ...card }).expect(201);
    await caller.post('/subscription', { tier: 'hosting', ...card }).expect(201);
    await app.settle();
    const team = { tier: 'team', plan_group: 'main', flagged: false };
    const hosting = { tier: 'hosting', plan_group: 'hosting', flagged: false };
    expect(await rows()).toEqual([team, hosting]);

    expect(
      await startWith({
        hosting: { name: 'Hosting', group: 'hosting', prices: month({ price: prices.hosting ?? '' }) },
      }),
    ).toBe(
      [
        'The catalogue strands subscribers; name each price in earlier_prices of the plan that its subscribers are to have:',
        `  team: ${prices.team} is a price of no plan, and 1 live subscriptions have it`,
      ].join('\n'),
    );
    expect(await rows()).toEqual([team, hosting]);

    const renamed = { name: 'Crew', prices: month({ price: prices.team ?? '' }) };
    expect(
      await startWith({ crew: renamed, hosting: { name: 'Hosting', prices: month({ price: prices.hosting ?? '' }) } }),
    ).toBe('started');
    expect(await rows()).toEqual([
      { tier: 'crew', plan_group: 'main', flagged: false },
      { tier: 'hosting', plan_group: 'main', flagged: true },
    ]);
    await app.settle();
    const { data } = await app.stripe.subscriptions.list({ customer: await caller.stripeCustomerId() });
    expect(data.map(({ status }) => status)).toEqual(['active', 'active']);

    expect(await startWith(FIRST.plans)).toBe('started');
    expect(await rows()).toEqual([team, hosting]);
  });
});
