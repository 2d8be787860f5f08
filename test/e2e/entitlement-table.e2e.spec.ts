import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request, { type Agent } from 'supertest';
import { type CatalogueInput } from '../../src/catalogue/catalogue.schema.js';
import { BASE_PATH } from '../../src/http/app.js';
import { closeApp } from '../../src/http/server.js';
import { Caller } from '../support/caller.js';
import { catalogueFile } from '../support/catalogue-files.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

const features: CatalogueInput['features'] = { projects: { type: 'limit', name: 'projects' }, sso: { type: 'flag' } };
const team = {
  name: 'Team',
  prices: [{ interval: 'month' as const, amounts: { usd: 20 } }],
  features: { projects: 20, sso: true },
};
const free = { name: 'Free', default: true as const, features: { projects: 1 } };
const WITHOUT_DEFAULT: CatalogueInput = { currency: 'usd', features, plans: { team } };
const WITH_DEFAULT: CatalogueInput = { currency: 'usd', features, plans: { free, team } };
const DAY = 86_400_000;
const TWIN = 999_999;

/** What a status gives by itself, its reason, and where the row must differ for it. */
const STATES: Record<string, { sql: string; reason: string; gives: boolean }> = {
  trialing: { sql: `status = 'trialing'`, reason: 'trial', gives: true },
  active: { sql: `status = 'active'`, reason: 'plan', gives: true },
  'an unknown word of Stripe': { sql: `status = 'active', stripe_status = 'hibernating'`, reason: 'plan', gives: true },
  'past_due within the grace': { sql: `status = 'past_due'`, reason: 'grace', gives: true },
  'past_due after the grace': {
    sql: `status = 'past_due', current_period_start = now() - interval '8 days'`,
    reason: 'past_due',
    gives: false,
  },
  unpaid: { sql: `status = 'unpaid'`, reason: 'unpaid', gives: false },
  paused: { sql: `status = 'paused'`, reason: 'paused', gives: false },
  'collection paused with void': { sql: `pause_collection_behavior = 'void'`, reason: 'paused', gives: false },
  'collection paused otherwise': { sql: `pause_collection_behavior = 'keep_as_draft'`, reason: 'plan', gives: true },
  incomplete: { sql: `status = 'incomplete'`, reason: 'none', gives: false },
  canceled: { sql: `status = 'canceled'`, reason: 'canceled', gives: false },
  incomplete_expired: { sql: `status = 'incomplete_expired'`, reason: 'canceled', gives: false },
  'in no group': { sql: `plan_group = NULL, tier = 'custom'`, reason: 'none', gives: false },
};
/** Nothing is left that a dispute could take, or there never was anything. */
const BEFORE_DISPUTES = ['incomplete', 'canceled', 'incomplete_expired', 'in no group'];
/** Stripe's words, those of several payments of the period, and whether what they pay is taken: always, or by policy. */
const DISPUTES: [words: string[], taken: 'no' | 'by policy' | 'yes'][] = [
  [[], 'no'],
  [['needs_response'], 'by policy'],
  [['under_review'], 'by policy'],
  [['won', 'under_review'], 'by policy'],
  [['under_review', 'won'], 'by policy'],
  [['won'], 'no'],
  [['warning_closed'], 'no'],
  [['lost'], 'yes'],
  [['won', 'lost', 'needs_response'], 'yes'],
];

let app: TestApp;
let caller: Caller;
let id: number;
const running: Awaited<ReturnType<typeof startApp>>[] = [];
const shops: { hasDefault: boolean; policy: 'keep' | 'block'; http: Agent }[] = [];
beforeAll(async () => {
  app = await createTestApp({ environment: { BILLING_CATALOGUE: catalogueFile(WITHOUT_DEFAULT) } });
  for (const hasDefault of [false, true])
    for (const policy of ['keep', 'block'] as const) {
      const BILLING_CATALOGUE = catalogueFile(hasDefault ? WITH_DEFAULT : WITHOUT_DEFAULT);
      const started = await startApp(configWith(app, { BILLING_CATALOGUE, DISPUTE_POLICY: policy }));
      running.push(started);
      const { port } = started.getHttpServer().address() as { port: number };
      shops.push({ hasDefault, policy, http: request.agent(`http://127.0.0.1:${port}/${BASE_PATH}`) });
    }
  caller = await Caller.create(app);
  ({ id } = (await caller.post('/subscription', { tier: 'team', payment_method_id: 'pm_card_visa' }).expect(201))
    .body as { id: number });
  await app.settle();
  await app.dataSource.query('create table untouched as select * from subscriptions');
  // What a duplicate is one of: it stands in no group, so that it gives nothing.
  await app.dataSource.query(
    `insert into subscriptions select (jsonb_populate_record(old, jsonb_build_object('id', $1::int, 'plan_group', null,
       'stripe_subscription_id', 'sub_twin', 'latest_stripe_invoice_id', null, 'tier', 'custom'))).* from untouched old`,
    [TWIN],
  );
  await app.dataSource.query('create table payments_untouched as select * from payments');
}, 60_000);
afterAll(async () => {
  for (const one of running) await closeApp(one);
  await app.close();
});

const query = (sql: string, parameters: unknown[] = []) => app.dataSource.query<{ id: number }[]>(sql, parameters);
/** Puts the row back, with a status of its own. */
async function put(sql: string, isDuplicate = false, disputes: readonly string[] = []): Promise<void> {
  await query('delete from payments');
  await query(`update subscriptions row set status = old.status, tier = old.tier, plan_group = old.plan_group,
      stripe_status = old.stripe_status, duplicate_of_id = null, pause_collection_behavior = null,
      current_period_start = old.current_period_start from untouched old where old.id = row.id`);
  await query(`update subscriptions set ${sql}, duplicate_of_id = ${isDuplicate ? TWIN : 'null'} where id = $1`, [id]);
  for (const [place, word] of disputes.entries())
    await query(
      `insert into payments select (jsonb_populate_record(old, jsonb_build_object('id', old.id + $1::int,
         'dispute_status', $2::text, 'stripe_payment_intent_id', old.stripe_payment_intent_id || $1::text, 'stripe_charge_id', $1::text))).*
       from payments_untouched old`,
      [place * 1000, word],
    );
}

describe('every status × dispute × duplicate × default plan × policy', () => {
  it.each(Object.entries(STATES))('%s', async (name, { sql, reason, gives }) => {
    for (const isDuplicate of [false, true])
      for (const [words, taken] of DISPUTES) {
        await put(sql, isDuplicate, words);
        for (const { hasDefault, policy, http } of shops) {
          const isTaken = taken === 'yes' || (taken === 'by policy' && policy === 'block');
          const isDisputed = isTaken && !BEFORE_DISPUTES.includes(name);
          const given = gives && !isDuplicate && !isDisputed;
          const why = isDuplicate ? 'none' : isDisputed ? 'disputed' : reason;
          const at = [name, isDuplicate, words, hasDefault, policy];
          const projects = given
            ? { allowed: true, reason: why, limit: 20 }
            : { allowed: hasDefault, reason: hasDefault ? 'default_plan' : why, limit: hasDefault ? 1 : 0 };
          const { body } = await http.get('/entitlements').set('Authorization', caller.authorization).expect(200);
          const expected = [
            { feature: 'projects', ...projects },
            { feature: 'sso', allowed: given, reason: why },
          ];
          expect([...at, body]).toMatchObject([...at, expected]);
        }
      }
  });
});

describe('the grace', () => {
  const issue = (rows: { age: number; status: string; due?: number }[]) =>
    Promise.all(
      rows.map(({ age, status, due }, place) =>
        query(
          `insert into invoices select (jsonb_populate_record(old, jsonb_build_object('id', old.id + $1::int,
             'stripe_invoice_id', old.stripe_invoice_id || $1::text, 'status', $2::text,
             'issued_at', now() - make_interval(days => $3), 'due_date', now() - make_interval(days => $4)))).*
           from invoices old where old.subscription_id = $5 and old.id < 1000`,
          [(place + 1) * 1000, status, age, due ?? null, id],
        ),
      ),
    );
  const graceOf = async () => {
    const { body } = await caller.get('/entitlements/sso').expect(200);
    return [body.reason, Math.round((Date.parse(body.grace_until as string) - Date.now()) / DAY)];
  };

  it.each<[string, Parameters<typeof issue>[0], [string, number]]>([
    ['from the period on where no invoice is known', [], ['past_due', -3]],
    ['from the making of an invoice that is charged automatically', [{ age: 2, status: 'open' }], ['grace', 5]],
    ['from the due date of one that is sent', [{ age: 30, status: 'open', due: 1 }], ['grace', 6]],
    [
      'from the oldest that is open: another one does not begin it anew',
      [
        { age: 40, status: 'open' },
        { age: 1, status: 'open' },
      ],
      ['past_due', -33],
    ],
    [
      'whatever became of those that are not open',
      [
        { age: 40, status: 'paid' },
        { age: 30, status: 'void' },
        { age: 2, status: 'open' },
      ],
      ['grace', 5],
    ],
  ])('runs %s', async (_, rows, expected) => {
    await query('delete from invoices where id >= 1000');
    await put(`status = 'past_due', current_period_start = now() - interval '10 days'`);
    await issue(rows);
    await query(
      `update subscriptions set latest_stripe_invoice_id = (select stripe_invoice_id from invoices
      where id >= 1000 order by issued_at desc limit 1) where id = $1`,
      [id],
    );
    expect(await graceOf()).toEqual(expected);
  });
});
