import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { BASE_PATH } from '../../src/http/app.js';
import { closeApp } from '../../src/http/server.js';
import { Caller } from '../support/caller.js';
import { configWith, createTestApp, settle, startApp, type TestApp } from '../support/test-app.js';
import { chaosSettings } from './chaos-settings.js';
import { comeToRest } from './histories/play.js';

const DAY = 86_400;
/** Each step of the year is settled before the next, as time that passes is. */
const STEP_DAYS = 31;
const RISEN = 4_900;
const { oldSubscribers: SUBSCRIBERS, oldSubscriberDays: DAYS } = chaosSettings();
const TIMEOUT = 120_000 + SUBSCRIBERS * 12_000;

let app: TestApp;
/** The service as it is started once the price has risen. */
let risen: NestExpressApplication;
beforeAll(async () => {
  app = await createTestApp();
}, TIMEOUT);
afterAll(async () => {
  await closeApp(risen);
  await app.sandbox.close();
  await app.database.drop();
});

interface Shown {
  tier: string;
  status: string;
  amount: number;
}

/** The rows that count, each kind of them once with its number. */
async function kinds(): Promise<Record<string, number>> {
  const rows = await risen
    .get(DataSource)
    .query<Shown[]>('select tier, status, amount::float8 as amount from subscriptions where ended_at is null');
  const found: Record<string, number> = {};
  for (const { tier, status, amount } of rows) {
    const kind = `${tier} ${status} ${amount}`;
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

describe(`${SUBSCRIBERS} subscribers of a plan whose price rose`, () => {
  it(
    `keep their tier and their amount for ${DAYS} days of renewals; none is custom`,
    async () => {
      const callers: Caller[] = [];
      for (let made = 0; made < SUBSCRIBERS; made += 5) {
        const some = Array.from({ length: Math.min(5, SUBSCRIBERS - made) }, async () => {
          const caller = await Caller.create(app);
          await caller.post('/subscription', { tier: 'starter', payment_method_id: 'pm_card_visa' }).expect(201);
          return caller;
        });
        callers.push(...(await Promise.all(some)));
      }
      await app.settle();
      const { id } = await app.stripe.prices.create({
        currency: 'usd',
        unit_amount: RISEN,
        product: 'billing_starter',
        recurring: { interval: 'month' },
      });
      await app.stripe.prices.update(app.prices.starter.month, { active: false });
      await app.settle();
      await closeApp(app.app);
      risen = await startApp(configWith(app, { PORT: '0', STRIPE_STARTER_MONTHLY_PRICE_ID: id }));
      const url = `${await risen.getUrl()}/${BASE_PATH}`;
      const [endpoint] = (await app.stripe.webhookEndpoints.list()).data;
      await app.stripe.webhookEndpoints.update(endpoint?.id ?? '', { url: `${url}/webhook` });
      const buyer = await app.bearer('buyer-of-the-new-price');
      const bought = await fetch(`${url}/subscription`, {
        method: 'POST',
        headers: { authorization: buyer, 'content-type': 'application/json' },
        body: JSON.stringify({ tier: 'starter', payment_method_id: 'pm_card_visa' }),
      });
      expect(bought.status).toBe(201);
      const dataSource = risen.get(DataSource);
      const control: TestApp['control'] = (route, body) => app.control(route, body);
      const now = { ...app, dataSource, settle: () => settle(control, dataSource) };
      const wanted = { 'starter active 29': SUBSCRIBERS, 'starter active 49': 1 };
      for (let day = 0; day < DAYS; day += STEP_DAYS) {
        await app.control('advance', { seconds: Math.min(STEP_DAYS, DAYS - day) * DAY });
        await comeToRest(now);
        expect(await kinds()).toEqual(wanted);
      }
      const [{ renewals }] = await risen
        .get(DataSource)
        .query<[{ renewals: number }]>(
          `select count(*)::int as renewals from invoices where status = 'paid' and total in (29, 49)`,
        );
      process.stdout.write(`${SUBSCRIBERS} old subscribers, ${DAYS} days, ${renewals} paid invoices\n`);
      expect(renewals).toBeGreaterThanOrEqual((SUBSCRIBERS + 1) * Math.floor(DAYS / STEP_DAYS));
      const [first] = callers;
      const shown = await fetch(`${url}/subscription`, { headers: { authorization: first?.authorization ?? '' } });
      expect(await shown.json()).toMatchObject({ tier: 'starter', interval: 'month', amount: 29, status: 'active' });
    },
    TIMEOUT,
  );
});
