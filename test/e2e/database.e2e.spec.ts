import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions, MIGRATIONS } from '../../ormconfig.js';
import { migrate, undoLastMigration } from '../../src/database/migrate.js';
import { databaseUrl } from '../../src/local-stack/database-url.js';
import { testCluster } from '../support/test-cluster.js';
import { ofPayers } from '../support/payers.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Columns of the guide's tables, with the amendments: name, type, and `null` or the default where there is one. */
const COLUMNS: Record<string, string> = {
  customers: `id integer serial; user_id integer null; organization_id integer null; stripe_customer_id varchar(255) null; email text;
    name text null; phone text null; address_line1 text null; address_line2 text null;
    city text null; state text null; postal_code text null; country char(2) null; metadata jsonb null;
    created_at timestamptz now(); updated_at timestamptz now()`,
  subscriptions: `id integer serial; customer_id integer; stripe_subscription_id varchar(255) null;
    status subscriptionstatus; tier varchar(100); amount numeric(20,3); currency varchar(3) 'usd';
    interval varchar(20) 'month'; current_period_start timestamptz null; current_period_end timestamptz null;
    trial_start timestamptz null; trial_end timestamptz null; cancel_at_period_end boolean false;
    canceled_at timestamptz null; ended_at timestamptz null; metadata jsonb null; created_at timestamptz now();
    updated_at timestamptz now(); stripe_status varchar(50); stripe_item_id varchar(255) null;
    stripe_price_id varchar(255) null; quantity integer 1; stripe_default_payment_method_id varchar(255) null;
    cancel_at timestamptz null; latest_stripe_invoice_id varchar(255) null; duplicate_of_id integer null;
    cancellation_reason varchar(500) null`,
  customer_payment_methods: `id integer serial; customer_id integer; stripe_payment_method_id varchar(255) null;
    type paymentmethodtype; is_default boolean false; card_brand varchar(50) null; card_last4 varchar(4) null;
    card_exp_month integer null; card_exp_year integer null; billing_details jsonb null; metadata jsonb null;
    created_at timestamptz now(); updated_at timestamptz now()`,
  invoices: `id integer serial; customer_id integer; subscription_id integer null; stripe_invoice_id varchar(255) null;
    number varchar(100) null; status invoicestatus; amount_due numeric(20,3); amount_paid numeric(20,3) 0;
    amount_remaining numeric(20,3); currency varchar(3) 'usd'; description text null; period_start timestamptz null;
    period_end timestamptz null; due_date timestamptz null; paid_at timestamptz null; hosted_invoice_url text null;
    invoice_pdf text null; metadata jsonb null; created_at timestamptz now(); updated_at timestamptz now()`,
  payments: `id integer serial; customer_id integer; invoice_id integer null; stripe_payment_intent_id varchar(255) null;
    stripe_charge_id varchar(255) null; amount numeric(20,3); currency varchar(3) 'usd'; status paymentstatus;
    payment_method_id integer null; description text null; failure_code varchar(100) null; failure_message text null;
    receipt_url text null; metadata jsonb null; created_at timestamptz now(); updated_at timestamptz now()`,
  refunds: `id integer serial; payment_id integer; stripe_refund_id varchar(255) null; amount numeric(20,3);
    currency varchar(3) 'usd'; status refundstatus; reason varchar(100) null; failure_reason text null;
    receipt_number varchar(100) null; metadata jsonb null; created_at timestamptz now(); updated_at timestamptz now()`,
  usage_records: `id integer serial; subscription_id integer; quantity integer; action varchar(50); timestamp timestamptz;
    metadata jsonb null; created_at timestamptz now()`,
  coupons: `id integer serial; stripe_coupon_id varchar(255) null; code varchar(100); percent_off numeric(5,2) null;
    amount_off numeric(20,3) null; currency varchar(3) null; duration varchar(20); duration_in_months integer null;
    max_redemptions integer null; times_redeemed integer 0; valid_from timestamptz null; valid_until timestamptz null;
    is_active boolean true; metadata jsonb null; created_at timestamptz now(); updated_at timestamptz now()`,
};

const ENUMS = {
  subscriptionstatus: 'trialing active incomplete past_due canceled unpaid incomplete_expired paused',
  paymentmethodtype: 'card bank_account other',
  paymentstatus: 'pending processing succeeded failed canceled refunded partially_refunded',
  refundstatus: 'pending succeeded failed canceled requires_action',
  invoicestatus: 'draft open paid void uncollectible',
};

/** `column → table, what deleting the referenced row does`: money history is never deleted along. */
const FOREIGN_KEYS = [
  'customer_payment_methods.customer_id → customers RESTRICT',
  'customers.organization_id → organizations RESTRICT',
  'customers.user_id → users RESTRICT',
  'former_stripe_customers.customer_id → customers RESTRICT',
  'invoices.customer_id → customers RESTRICT',
  'invoices.subscription_id → subscriptions SET NULL',
  'payments.customer_id → customers RESTRICT',
  'payments.invoice_id → invoices SET NULL',
  'payments.payment_method_id → customer_payment_methods SET NULL',
  'refunds.payment_id → payments RESTRICT',
  'subscriptions.customer_id → customers RESTRICT',
  'usage_records.subscription_id → subscriptions RESTRICT',
];

/** Columns that a unique constraint or index begins with, and those that any index begins with. */
const UNIQUE =
  `coupons.code coupons.stripe_coupon_id customer_payment_methods.stripe_payment_method_id customers.organization_id customers.stripe_customer_id customers.user_id invoices.stripe_invoice_id payments.stripe_charge_id payments.stripe_payment_intent_id refunds.stripe_refund_id subscriptions.stripe_subscription_id users.external_id webhook_events.event_id`.split(
    /\s+/,
  );
const INDEXED = `customer_payment_methods(customer_id) customer_payment_methods(customer_id,is_default,created_at)
  customers(email) invoices(customer_id) invoices(status) invoices(subscription_id) payments(customer_id)
  payments(invoice_id) payments(payment_method_id) payments(status) refunds(payment_id)
  subscriptions(customer_id) subscriptions(customer_id,status,created_at) subscriptions(status)
  usage_records(subscription_id) usage_records(timestamp)`.split(/\s+/);

const subscription = (id: number, values: string) =>
  `insert into subscriptions (id, customer_id, stripe_subscription_id, status, stripe_status, tier, amount, stripe_created)
   values (${id}, 1, ${values}, 'word', 'starter', 29, 0)`;
const invoice = (id: number, values: string) =>
  `insert into invoices (id, customer_id, stripe_invoice_id, amount_due, amount_paid, amount_remaining, status, total, issued_at)
   values (${id}, 1, ${values}, 'open', 1, now())`;
const payment = (id: number, values: string) =>
  `insert into payments (id, customer_id, stripe_payment_intent_id, stripe_charge_id, amount, amount_refunded, status)
   values (${id}, 1, ${values}, 'succeeded')`;
const coupon = (values: string) =>
  `insert into coupons (stripe_coupon_id, code, percent_off, amount_off, currency, duration, duration_in_months, times_redeemed)
   values (${values})`;
const operation = (kind: string) =>
  `insert into stripe_operations (key, customer_id, kind, request_hash, request)
   values (gen_random_uuid(), 1, ${kind}, '', '{}')`;

async function select(client: pg.Client, statement: string): Promise<string[]> {
  const { rows } = await client.query<{ found: string }>(`select found from (${statement}) as list (found) order by 1`);
  return rows.map(({ found }) => found);
}

describe('the migrations', () => {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  const url = databaseUrl({ ...testCluster(), database: name });
  const client = new pg.Client(url);
  beforeAll(async () => {
    await inCluster(`create database ${name} template template0`);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await inCluster(`drop database ${name} with (force)`);
  });

  /** Everything that somebody made in the schema. */
  const made = () =>
    select(
      client,
      `select relkind::text || ' ' || relname from pg_class where relnamespace = 'public'::regnamespace
       union select 't ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
       union select 'p ' || proname from pg_proc where pronamespace = 'public'::regnamespace
       union select 'c ' || conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace`,
    );

  it('A5: go up on an empty database, down to nothing, and up to the same again', async () => {
    const names = MIGRATIONS.map((migration) => migration.name);
    expect(await migrate(dataSourceOptions(url))).toEqual(names);
    const up = await made();
    expect(up.length).toBeGreaterThan(100);
    for (const migration of names.toReversed()) expect(await undoLastMigration(dataSourceOptions(url))).toBe(migration);
    expect(await undoLastMigration(dataSourceOptions(url))).toBeNull();
    expect((await made()).filter((found) => !/migrations|PK_/.test(found))).toEqual([]);
    expect(await migrate(dataSourceOptions(url))).toEqual(names);
    expect(await made()).toEqual(up);
    expect(await migrate(dataSourceOptions(url))).toEqual([]);
  });

  it('go up once when several processes start together', async () => {
    while ((await undoLastMigration(dataSourceOptions(url))) !== null);
    const applied = await Promise.all(Array.from({ length: 3 }, () => migrate(dataSourceOptions(url))));
    expect(applied.filter((names) => names.length > 0)).toEqual([MIGRATIONS.map((migration) => migration.name)]);
  });
});

describe('the tables', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    client = new pg.Client(database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await dataSource.destroy();
    await database.drop();
  });

  it('A6: are those of the entities, to the last default and index', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    expect(dataSource.options.synchronize).toBe(false);
  });

  it.each(Object.keys(COLUMNS))('have the columns of the guide as they were amended: %s', async (table) => {
    const { rows } = await client.query<{ name: string; type: string; optional: boolean; initial: string | null }>(
      `select column_name as name, is_nullable = 'YES' as optional, column_default as initial,
              format_type(a.atttypid, a.atttypmod) as type
         from information_schema.columns c
         join pg_attribute a on a.attrelid = c.table_name::regclass and a.attname = c.column_name
        where table_schema = 'public' and table_name = $1`,
      [table],
    );
    const found = new Map(rows.map((row) => [row.name, describeColumn(row)]));
    const expected = (COLUMNS[table] ?? '').split(';').map((column) => column.trim().replaceAll(/\s+/g, ' '));
    expect(expected.map((column) => found.get(column.split(' ', 1)[0] ?? ''))).toEqual(expected);
  });

  it.each(Object.entries(ENUMS))('A7, B4: know the values of %s in their order', async (name, values) => {
    const { rows } = await client.query<{ value: string }>(
      'select enumlabel as value from pg_enum where enumtypid = $1::regtype order by enumsortorder',
      [name],
    );
    expect(rows.map(({ value }) => value).join(' ')).toBe(values);
  });

  it('B7: refer to each other so that money history is never deleted along', async () => {
    const keys = await select(
      client,
      `select conrelid::regclass || '.' || attname || ' → ' || confrelid::regclass || ' ' ||
              case confdeltype when 'r' then 'RESTRICT' when 'n' then 'SET NULL' when 'c' then 'CASCADE' else confdeltype::text end
         from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1] where contype = 'f'`,
    );
    expect(keys).toEqual(expect.arrayContaining(FOREIGN_KEYS));
    expect(keys.filter((key) => key.endsWith('CASCADE'))).toEqual([
      ...ofPayers('failure_counts', 'feature_consumptions', 'feature_overrides', 'feature_usage'),
      'idempotency_keys.organization_id → organizations CASCADE',
      'idempotency_keys.service_key_id → service_keys CASCADE',
      'idempotency_keys.user_id → users CASCADE',
      'outgoing_deliveries.endpoint_id → outgoing_endpoints CASCADE',
      'outgoing_deliveries.event_id → outgoing_events CASCADE',
      ...ofPayers('payer_leases'),
      'removed_members.organization_id → organizations CASCADE',
      'subscription_items.subscription_id → subscriptions CASCADE',
    ]);
  });

  it('B1, B5: keep ids of Stripe, users and events unique', async () => {
    const unique = await select(
      client,
      `select indrelid::regclass || '.' || attname from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indisunique and indpred is null and indnatts = 1`,
    );
    expect(unique).toEqual(expect.arrayContaining(UNIQUE));
  });

  it('B11, B13: have an index for each foreign key and each hot read', async () => {
    const indexed = await select(
      client,
      `select indrelid::regclass || '(' || (select string_agg(attname, ',' order by place) from unnest(indkey) with ordinality
         as key (number, place) join pg_attribute on attrelid = indrelid and attnum = number) || ')' from pg_index
        where indpred is null`,
    );
    expect(indexed).toEqual(expect.arrayContaining(INDEXED));
  });

  describe('law 6: refuse', () => {
    beforeAll(async () => {
      await client.query(`insert into users (id, external_id) values (1, 'a'), (2, 'b')`);
      await client.query(
        `insert into customers (id, user_id, stripe_customer_id, email) values (1, 1, 'cus_1', 'a@example.com')`,
      );
      await client.query(subscription(1, `'sub_1', 'active'`));
      await client.query(
        `insert into customer_payment_methods (id, customer_id, stripe_payment_method_id, type, is_default)
         values (1, 1, 'pm_1', 'card', true)`,
      );
      await client.query(invoice(1, `'in_1', 10, 0, 10`));
      await client.query(payment(1, `'pi_1', 'ch_1', 10, 0`));
      await client.query(
        `insert into refunds (id, payment_id, stripe_refund_id, amount, status) values (1, 1, 're_1', 1, 'succeeded')`,
      );
      await client.query(`insert into webhook_events (event_id, payload) values ('evt_1', '')`);
      await client.query(coupon(`'co_1', 'ONE', 10, null, null, 'once', null, 0`));
      await client.query(operation(`'subscription.create'`));
      for (const table of ['users', 'customers', 'customer_payment_methods', 'refunds'])
        await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), 100)`);
    });

    it.each<[fact: string, statement: string, constraint: string]>([
      [
        'a second customer of a user',
        `insert into customers (user_id, email) values (1, 'b@example.com')`,
        'customers_user_id_key',
      ],
      ['a second user of a token', `insert into users (external_id) values ('a')`, 'users_external_id_key'],
      ...['trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete'].map(
        (status): [string, string, string] => [
          `B2: a second live subscription: ${status}`,
          subscription(2, `'sub_2', '${status}'`),
          'subscriptions_one_live_per_group',
        ],
      ),
      ['a subscription twice', subscription(2, `'sub_1', 'canceled'`), 'subscriptions_stripe_subscription_id_key'],
      [
        'a subscription that is its own duplicate',
        'update subscriptions set duplicate_of_id = id where id = 1',
        'subscriptions_duplicate_of_check',
      ],
      ['B9: a negative price', 'update subscriptions set amount = -1', 'subscriptions_amount_check'],
      [
        'B9: an interval of a fortnight',
        `update subscriptions set interval = 'fortnight'`,
        'subscriptions_interval_check',
      ],
      ['a negative quantity', 'update subscriptions set quantity = -1', 'subscriptions_quantity_check'],
      [
        'B3: a second default payment method',
        `insert into customer_payment_methods (customer_id, type, is_default) values (1, 'card', true)`,
        'customer_payment_methods_one_default_per_customer',
      ],
      [
        'a payment method twice',
        `insert into customer_payment_methods (customer_id, stripe_payment_method_id, type) values (1, 'pm_1', 'card')`,
        'customer_payment_methods_stripe_payment_method_id_key',
      ],
      ['an invoice twice', invoice(2, `'in_1', 1, 0, 1`), 'invoices_stripe_invoice_id_key'],
      ['an invoice of less than nothing', invoice(2, `'in_2', -1, 0, 0`), 'invoices_amount_due_check'],
      ['an invoice that was paid less than nothing', invoice(2, `'in_2', 1, -1, 1`), 'invoices_amount_paid_check'],
      ['an invoice that is owed less than nothing', invoice(2, `'in_2', 1, 1, -1`), 'invoices_amount_remaining_check'],
      ['a payment intent twice', payment(2, `'pi_1', 'ch_2', 1, 0`), 'payments_stripe_payment_intent_id_key'],
      ['a charge twice', payment(2, `'pi_2', 'ch_1', 1, 0`), 'payments_stripe_charge_id_key'],
      ['a negative payment', payment(2, `'pi_2', 'ch_2', -1, 0`), 'payments_amount_check'],
      ['more refunded than paid', payment(2, `'pi_2', 'ch_2', 10, 11`), 'payments_amount_refunded_check'],
      [
        'a refund twice',
        `insert into refunds (payment_id, stripe_refund_id, amount, status) values (1, 're_1', 1, 'pending')`,
        'refunds_stripe_refund_id_key',
      ],
      [
        'a negative refund',
        `insert into refunds (payment_id, amount, status) values (1, -1, 'pending')`,
        'refunds_amount_check',
      ],
      [
        'negative usage',
        `insert into usage_records (subscription_id, quantity, action, timestamp) values (1, -1, 'call', now())`,
        'usage_records_quantity_check',
      ],
      [
        'B5: an event twice',
        `insert into webhook_events (event_id, payload) values ('evt_1', '')`,
        'webhook_events_event_id_key',
      ],
      ['a code twice', coupon(`'co_2', 'ONE', 10, null, null, 'once', null, 0`), 'coupons_code_key'],
      ['a coupon twice', coupon(`'co_1', 'TWO', 10, null, null, 'once', null, 0`), 'coupons_stripe_coupon_id_key'],
      ['B9: percent and amount off', coupon(`'co_2', 'TWO', 10, 5, 'usd', 'once', null, 0`), 'coupons_off_check'],
      ['B9: nothing off', coupon(`'co_2', 'TWO', null, null, null, 'once', null, 0`), 'coupons_off_check'],
      [
        'B9: more than 100 percent off',
        coupon(`'co_2', 'TWO', 101, null, null, 'once', null, 0`),
        'coupons_percent_off_check',
      ],
      [
        'B9: an amount off without a currency',
        coupon(`'co_2', 'TWO', null, 5, null, 'once', null, 0`),
        'coupons_amount_off_check',
      ],
      [
        'B9: repeating without months',
        coupon(`'co_2', 'TWO', 10, null, null, 'repeating', null, 0`),
        'coupons_duration_in_months_check',
      ],
      [
        'B9: a duration of a while',
        coupon(`'co_2', 'TWO', 10, null, null, 'a while', null, 0`),
        'coupons_duration_check',
      ],
      [
        'B9: fewer than no redemptions',
        coupon(`'co_2', 'TWO', 10, null, null, 'once', null, -1`),
        'coupons_times_redeemed_check',
      ],
      [
        'a second open purchase',
        operation(`'subscription.create'`),
        'stripe_operations_one_open_purchase_per_customer',
      ],
      [
        'a checkout beside an open purchase',
        operation(`'checkout.create'`),
        'stripe_operations_one_open_purchase_per_customer',
      ],
      ['B7: the end of a user with a customer', 'delete from users where id = 1', 'customers_user_id_fkey'],
      [
        'B7: the end of a customer with invoices',
        'delete from customers',
        '(subscriptions|invoices|payments|customer_payment_methods|stripe_operations)_customer_id_fkey',
      ],
      ['B7: the end of a payment with refunds', 'delete from payments', 'refunds_payment_id_fkey'],
    ])('%s', async (_fact, statement, constraint) => {
      await expect(client.query(statement)).rejects.toMatchObject({
        constraint: expect.stringMatching(`^${constraint}$`),
      });
    });

    it('none of what is right', async () => {
      for (const statement of [
        `insert into customers (user_id, email) values (2, 'b@example.com')`,
        subscription(2, `'sub_2', 'canceled'`),
        subscription(3, `'sub_3', 'incomplete_expired'`),
        `${subscription(4, `'sub_4', 'active'`).replace('customer_id,', 'duplicate_of_id, customer_id,').replace('(4, ', '(4, 1, ')}`,
        `insert into customer_payment_methods (customer_id, type) values (1, 'card')`,
        payment(2, `'pi_2', 'ch_2', 10, 10`),
        coupon(`'co_2', 'TWO', 10, null, null, 'repeating', 3, 7`),
        coupon(`'co_3', 'THREE', null, 5, 'usd', 'forever', null, 0`),
        `update stripe_operations set state = 'done'`,
        operation(`'checkout.create'`),
      ])
        expect([statement, (await client.query(statement)).rowCount]).toEqual([statement, expect.any(Number)]);
    });

    it('B10: no amount of any currency', async () => {
      await client.query(`update subscriptions set amount = 12345678901234567.125 where id = 1`);
      const { rows } = await client.query<{ amount: string }>('select amount from subscriptions where id = 1');
      expect(rows).toEqual([{ amount: '12345678901234567.125' }]);
    });
  });
});

async function inCluster(statement: string): Promise<void> {
  const client = new pg.Client(testCluster());
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function describeColumn({
  name,
  type,
  optional,
  initial,
}: {
  name: string;
  type: string;
  optional: boolean;
  initial: string | null;
}): string {
  const short = type
    .replace('character varying', 'varchar')
    .replace('character(', 'char(')
    .replace('timestamp with time zone', 'timestamptz');
  const value = initial?.startsWith('nextval(')
    ? 'serial'
    : initial?.replace(/^'(\d+)'::\w+$/, '$1').replace(/::[a-z ]+$/, '');
  return [name, short, ...(optional ? ['null'] : []), ...(value === undefined ? [] : [value])].join(' ');
}
