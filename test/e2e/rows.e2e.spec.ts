import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig.js';
import { Coupon } from '../../src/coupons/coupon.entity.js';
import { migrate, undoLastMigration } from '../../src/database/migrate.js';
import { insertRow, insertRowOrIgnore, updateRow } from '../../src/database/returned-rows.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

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

describe('the tables', () => {
  it('hand a written row back as a later read finds it', async () => {
    const { manager } = dataSource;
    const wanted = { stripeCouponId: 'back', code: 'BACK', percentOff: '12.5', duration: 'once' } as const;
    const inserted = await insertRow(manager, Coupon, wanted);
    expect(inserted).toEqual(await manager.findOneByOrFail(Coupon, { id: inserted.id }));
    expect(await insertRowOrIgnore(manager, Coupon, wanted)).toBeNull();
    const { id, version } = inserted;
    const updated = await updateRow(manager, Coupon, { id, version }, { percentOff: '20', asOfFrom: 5, version: 1 });
    expect(updated).toMatchObject({ percentOff: expect.stringMatching(/^20/), asOfFrom: 5, version: 1 });
    expect(updated).toEqual(await manager.findOneByOrFail(Coupon, { id }));
    expect(await updateRow(manager, Coupon, { id, version }, { percentOff: '30' })).toBeNull();
    await manager.delete(Coupon, { id });
  });
});

describe('the migrations', () => {
  it('rename the operations with the open ones in them, and let instances of the release before go on', async () => {
    const undone: (string | null)[] = [];
    while (!undone.includes('RenameStripeOperations1795924800000'))
      undone.push(await undoLastMigration(dataSourceOptions(database.url)));
    const insert = `insert into stripe_intents
        (key, customer_id, operation, subject_stripe_id, request_hash, request, steps, state, attempts, created_at)
      values (gen_random_uuid(), $1, 'subscription.create', default, '', '{}', '{}', default, 1, default)`;
    await client.query(insert, [1]);
    await migrate(dataSourceOptions(database.url));
    const operations = () => client.query('select customer_id, kind, state from stripe_operations order by 1');
    const open = { kind: 'subscription.create', state: 'open' };
    expect((await operations()).rows).toEqual([{ customer_id: 1, ...open }]);

    await client.query(insert, [2]);
    const claim = `select key from stripe_intents where operation = 'subscription.create' for update skip locked`;
    expect((await client.query(claim)).rowCount).toBe(2);
    await client.query(`update stripe_intents set state = 'done', leased_until = null where customer_id = 1`);
    expect((await operations()).rows).toEqual([
      { customer_id: 1, ...open, state: 'done' },
      { customer_id: 2, ...open },
    ]);
    await expect(client.query(insert, [2])).rejects.toMatchObject({
      constraint: 'stripe_operations_one_open_purchase_per_customer',
    });
  });
});
