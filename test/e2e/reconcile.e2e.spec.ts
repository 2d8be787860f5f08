import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DriftReport } from '../../src/reconciliation/drift-report.js';
import { MIRRORS } from '../../src/reconciliation/mirrors.js';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { settleUser } from '../support/operations.js';
import { withoutEvents } from '../support/lost-events.js';
import { contentOf, makeRichUser, type RichUser } from '../support/rich-account.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
let user: RichUser;
beforeAll(async () => {
  app = await createTestApp({ environment: { DUPLICATE_POLICY: 'flag' } });
  user = await makeRichUser(app);
  await makeRichUser(app);
}, 90_000);
afterAll(() => app.close());

const reconcile = (fix = false): Promise<DriftReport> =>
  app.app.get(ReconciliationService).reconcile({ fix, graceSeconds: 0 });

const TABLES = MIRRORS.map(({ table }) => table);

/** What each column of a row is set to; columns that only Stripe's id or the algorithm fill are left out. */
const TAMPERED: Record<string, { where: string; set: Record<string, string> }> = {
  coupons: {
    where: `stripe_coupon_id like 'HALF-%'`,
    set: {
      code: `'tampered'`,
      percent_off: 'NULL',
      amount_off: '1',
      currency: `'eur'`,
      duration: `'repeating'`,
      duration_in_months: '3',
      max_redemptions: '7',
      times_redeemed: '77',
      valid_from: 'now()',
      valid_until: 'now()',
      is_active: 'false',
      deleted_at: 'now()',
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  promotion_codes: {
    where: 'true',
    set: {
      stripe_coupon_id: `'tampered'`,
      code: `'tampered'`,
      is_active: 'false',
      expires_at: 'now()',
      max_redemptions: '7',
      times_redeemed: '77',
      stripe_customer_id: `'cus_tampered'`,
      deleted_at: 'now()',
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  customers: {
    where: 'true',
    set: {
      user_id: 'NULL',
      organization_id: `(select id from organizations where external_id = 'nobody')`,
      email: `'tampered@example.com'`,
      name: `'tampered'`,
      phone: `'tampered'`,
      address_line1: `'tampered'`,
      address_line2: `'tampered'`,
      city: `'tampered'`,
      state: `'tampered'`,
      postal_code: `'tampered'`,
      country: `'FR'`,
      default_stripe_payment_method_id: `'pm_tampered'`,
      currency: `'eur'`,
      trial_used_at: 'NULL',
      deleted_at: 'now()',
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  customer_payment_methods: {
    where: 'is_default',
    set: {
      customer_id: '(select max(id) from customers)',
      type: `'bank_account'`,
      is_default: 'false',
      card_brand: `'tampered'`,
      card_last4: `'0000'`,
      card_exp_month: '1',
      card_exp_year: '1999',
      card_fingerprint: `'tampered'`,
      billing_details: 'NULL',
      detached_at: 'now()',
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  subscriptions: {
    where: `status = 'active'`,
    set: {
      customer_id: '(select max(id) from customers)',
      status: `'incomplete_expired'`,
      stripe_status: `'tampered'`,
      tier: `'enterprise'`,
      plan_group: `'tampered'`,
      amount: '1',
      currency: `'eur'`,
      interval: `'year'`,
      current_period_start: 'now()',
      current_period_end: 'now()',
      trial_start: 'now()',
      trial_end: 'now()',
      cancel_at_period_end: 'true',
      cancel_at: 'now()',
      canceled_at: 'now()',
      ended_at: 'now()',
      cancellation_reason: `'tampered'`,
      stripe_item_id: `'tampered'`,
      stripe_price_id: `'tampered'`,
      quantity: '7',
      interval_count: '6',
      amount_reason: `'tiered'`,
      add_ons: `'[]'`,
      stripe_default_payment_method_id: `'tampered'`,
      latest_stripe_invoice_id: `'tampered'`,
      stripe_schedule_id: `'tampered'`,
      stripe_coupon_id: `'tampered'`,
      has_pending_update: 'true',
      pending_stripe_price_id: `'tampered'`,
      pending_quantity: '7',
      pending_add_ons: `'[]'`,
      pending_update_expires_at: 'now()',
      pause_collection_behavior: `'tampered'`,
      collection_resumes_at: 'now()',
      stripe_created: '1',
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  subscription_schedules: {
    where: 'true',
    set: {
      customer_id: '(select max(id) from customers)',
      stripe_subscription_id: `'tampered'`,
      status: `'canceled'`,
      next_stripe_price_id: `'tampered'`,
      next_phase_at: 'now()',
      next_tier: `'tampered'`,
      next_interval: `'tampered'`,
      next_interval_count: '7',
      next_quantity: '7',
      next_add_ons: `'[{"tier": "tampered", "quantity": 1}]'`,
      drawn: `'{"basis": "tampered", "next": "tampered"}'`,
    },
  },
  invoices: {
    where: 'amount_due > 0',
    set: {
      customer_id: '(select max(id) from customers)',
      subscription_id: 'NULL',
      stripe_subscription_id: `'tampered'`,
      number: `'tampered'`,
      status: `'void'`,
      billing_reason: `'tampered'`,
      total: '1',
      amount_due: '1',
      amount_paid: '1',
      amount_remaining: '1',
      currency: `'eur'`,
      description: `'tampered'`,
      attempt_count: '7',
      next_payment_attempt: 'now()',
      period_start: 'now()',
      period_end: 'now()',
      due_date: 'now()',
      paid_at: 'now()',
      hosted_invoice_url: `'tampered'`,
      invoice_pdf: `'tampered'`,
      issued_at: 'now()',
      deleted_at: 'now()',
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  payments: {
    where: 'true',
    set: {
      customer_id: '(select max(id) from customers)',
      invoice_id: 'NULL',
      stripe_invoice_id: `'tampered'`,
      stripe_charge_id: `'tampered'`,
      amount: '999',
      amount_refunded: '998',
      currency: `'eur'`,
      status: `'canceled'`,
      payment_method_id: 'NULL',
      stripe_payment_method_id: `'tampered'`,
      description: `'tampered'`,
      failure_code: `'tampered'`,
      error_code: `'tampered'`,
      decline_code: `'tampered'`,
      dispute_status: `'tampered'`,
      failure_message: `'tampered'`,
      receipt_url: `'tampered'`,
      metadata: `'{"tampered": "yes"}'`,
    },
  },
  refunds: {
    where: 'true',
    set: {
      payment_id: '(select max(id) from payments)',
      amount: '999',
      currency: `'eur'`,
      status: `'canceled'`,
      reason: `'tampered'`,
      failure_reason: `'tampered'`,
      receipt_number: `'tampered'`,
      metadata: `'{"tampered": "yes"}'`,
    },
  },
};

/** Columns that no object of Stripe fills by itself; the import of an account sets `imported_at`. */
const NOT_COMPARED = ['id', 'version', 'as_of_from', 'as_of_to', 'created_at', 'updated_at', 'imported_at'];

describe('reconcile', () => {
  it('finds no drift where webhooks have done their work', async () => {
    const report = await reconcile();
    expect(report).toMatchObject({ drift: [], pending: 0 });
    expect(Object.keys(report.checked)).toEqual(TABLES);
    for (const table of TABLES) expect([table, report.checked[table]]).not.toEqual([table, 0]);
  });

  describe('a row that was changed behind the back of the service', () => {
    beforeAll(async () => {
      await app.dataSource.query(`insert into organizations (external_id) values ('nobody')`);
    });

    it.each(MIRRORS.map(({ table, stripeIdProperty, entity }) => [table, stripeIdProperty, entity] as const))(
      'is found column by column and repaired: %s',
      async (table, stripeIdProperty, entity) => {
        const { where, set } = TAMPERED[table] ?? { where: '', set: {} };
        const metadata = app.dataSource.getMetadata(entity);
        const stripeIdColumn = metadata.findColumnWithPropertyName(stripeIdProperty)?.databaseName ?? '';
        const columns = metadata.columns.map(({ databaseName }) => databaseName);
        const covered = [...Object.keys(set), ...NOT_COMPARED, stripeIdColumn, 'duplicate_of_id'];
        expect(columns.filter((column) => !covered.includes(column))).toEqual([]);

        const before = await contentOf(app.dataSource, table);
        const assignments = Object.entries(set).map(([column, value]) => `"${column}" = ${value}`);
        const [[tampered]] = await app.dataSource.query<[[Record<string, unknown>], number]>(
          `update ${table} set ${assignments.join(', ')}
           where id = (select id from ${table} where ${where} order by id limit 1) returning *`,
        );
        const report = await reconcile();
        const mine = report.drift.filter((drift) => drift.table === table);
        expect(mine).toMatchObject([{ stripe_id: tampered[stripeIdColumn], kind: 'different', fixed: false }]);
        const found = new Set(mine[0]?.fields.map(({ column }) => column));
        expect(Object.keys(set).filter((column) => !found.has(column) && !sameAs(before, tampered, column))).toEqual(
          [],
        );
        expect(JSON.stringify(report)).not.toContain('tampered@example.com');

        const repaired = await reconcile(true);
        expect(repaired.drift.length).toBeGreaterThan(0);
        expect(repaired.drift.filter(({ fixed }) => !fixed)).toEqual([]);
        expect(await contentOf(app.dataSource, table)).toEqual(before);
      },
      60_000,
    );
  });

  it('finds a second subscription that is taken for the one that counts', async () => {
    const { caller, stripeCustomerId } = await makeRichUser(app);
    const price = app.prices.enterprise.month;
    await app.stripe.subscriptions.create({ customer: stripeCustomerId, items: [{ price }] });
    await settleUser(app, caller.sub);
    const before = await contentOf(app.dataSource, 'subscriptions');
    const flagged = before.filter((row) => row.duplicate_of_id !== null);
    expect(flagged).toHaveLength(1);
    await app.dataSource.query(
      `with swapped as (update subscriptions set status = 'canceled' where id = $1 returning id)
       update subscriptions set duplicate_of_id = null from swapped where subscriptions.id = $2`,
      [flagged[0]?.duplicate_of_id, flagged[0]?.id],
    );
    const report = await reconcile();
    expect(report.drift.map(({ table }) => table)).toEqual(['subscriptions']);
    expect((await reconcile(true)).drift.filter(({ fixed }) => !fixed)).toEqual([]);
    expect(await contentOf(app.dataSource, 'subscriptions')).toEqual(before);
  }, 60_000);

  it('finds rows that are missing and writes them again', async () => {
    const tables = ['coupons', 'promotion_codes', 'subscription_schedules', 'refunds'];
    for (const table of tables)
      await app.dataSource.query(`delete from ${table} where id = (select max(id) from ${table})`);
    const missing = { kind: 'missing', fields: [] };
    expect((await reconcile()).drift).toMatchObject(tables.map((table) => ({ ...missing, table, fixed: false })));
    expect((await reconcile(true)).drift).toMatchObject(tables.map((table) => ({ ...missing, table, fixed: true })));
  }, 60_000);

  it('finds a customer that is missing with everything of theirs, and writes it again', async () => {
    const mine = `(select id from customers where stripe_customer_id = '${user.stripeCustomerId}')`;
    const comparable = async () => {
      const ids = /_?id$/;
      const rows = await Promise.all(TABLES.map((table) => contentOf(app.dataSource, table)));
      return rows.map((table) =>
        table
          .map((row) =>
            JSON.stringify(Object.entries(row).filter(([name]) => !ids.test(name) || /^stripe_|_stripe_/.test(name))),
          )
          .sort(),
      );
    };
    const before = await comparable();
    await app.dataSource.query(`
      delete from refunds where payment_id in (select id from payments where customer_id = ${mine});
      delete from payments where customer_id = ${mine};
      delete from invoices where customer_id = ${mine};
      delete from subscription_schedules where customer_id = ${mine};
      delete from stripe_operations where customer_id = ${mine};
      delete from subscriptions where customer_id = ${mine};
      delete from customer_payment_methods where customer_id = ${mine};
      delete from customers where id = ${mine}`);
    const report = await reconcile();
    expect(new Set(report.drift.map(({ table }) => table))).toEqual(
      new Set(TABLES.filter((table) => table !== 'coupons' && table !== 'promotion_codes')),
    );
    expect(report.drift.every(({ kind }) => kind === 'missing')).toBe(true);
    const repaired = await reconcile(true);
    expect(repaired.drift.filter(({ fixed }) => !fixed)).toEqual([]);
    expect(await comparable()).toEqual(before);
  }, 60_000);

  it('finds a payment method that has no row also by a light run', async () => {
    const card = await withoutEvents(app, () =>
      app.stripe.paymentMethods.attach('pm_card_amex', { customer: user.stripeCustomerId }),
    );
    const report = await app.app.get(ReconciliationService).reconcile({ scope: 'light', fix: true, graceSeconds: 0 });
    expect(report.drift).toMatchObject([
      { table: 'customer_payment_methods', stripe_id: card.id, kind: 'missing', fixed: true },
    ]);
    expect(await user.caller.listCards()).toContainEqual(expect.objectContaining({ card_brand: 'amex' }));
  });

  it('finds an object that Stripe does not know any more', async () => {
    const coupon = await app.stripe.coupons.create({ percent_off: 10, duration: 'once' });
    await app.settle();
    await app.stripe.coupons.del(coupon.id);
    await app.settle();
    await app.dataSource.query('update coupons set deleted_at = null, is_active = true where stripe_coupon_id = $1', [
      coupon.id,
    ]);
    expect((await reconcile()).drift).toMatchObject([{ table: 'coupons', stripe_id: coupon.id, kind: 'different' }]);
    expect((await reconcile(true)).drift).toMatchObject([{ fixed: true }]);
  });

  it.each(['all', 'light'] as const)(
    'goes on past an object that the tables refuse, and says why: %s',
    async (scope) => {
      const refused = await withoutEvents(app, async () => {
        await app.stripe.customers.update(user.stripeCustomerId, { description: 'changed', name: `Found by ${scope}` });
        return app.stripe.coupons.create({ percent_off: 13, duration: 'once' });
      });
      await app.dataSource.query('alter table coupons add constraint unlucky check (percent_off <> 13) not valid');
      const report = await app.app.get(ReconciliationService).reconcile({ scope, fix: true, graceSeconds: 0 });
      expect(report.drift).toMatchObject([
        { table: 'coupons', stripe_id: refused.id, kind: 'missing', fixed: false, error: '23514' },
        { table: 'customers', stripe_id: user.stripeCustomerId, kind: 'different', fixed: true },
      ]);
      await app.dataSource.query('alter table coupons drop constraint unlucky');
      expect((await reconcile(true)).drift).toMatchObject([{ stripe_id: refused.id, fixed: true }]);
    },
  );

  it('does not count what waits in the inbox as drift', async () => {
    const customer = user.stripeCustomerId;
    await app.dataSource.query(
      `insert into webhook_events (event_id, type, object_id, payload, next_attempt_at)
       values ('evt_waits', 'customer.updated', $1, '', now() + interval '1 hour')`,
      [customer],
    );
    await app.dataSource.query(`update customers set name = 'stale' where stripe_customer_id = $1`, [customer]);
    expect(await reconcile()).toMatchObject({ pending: 1, drift: [] });
    await app.dataSource.query(`delete from webhook_events where event_id = 'evt_waits'`);
    expect((await reconcile()).drift).toMatchObject([{ table: 'customers', stripe_id: customer }]);
  });
});

/** True when the tampered value of a column was there before: then there is nothing to be found. */
function sameAs(before: Record<string, unknown>[], tampered: Record<string, unknown>, column: string): boolean {
  const row = before.find(({ id }) => id === tampered.id);
  return JSON.stringify(row?.[column]) === JSON.stringify(tampered[column]);
}
