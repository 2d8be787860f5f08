import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../ormconfig.js';
import { Clock } from '../../common/clock.js';
import { type AppConfig } from '../../config/app-config.js';
import { isMadeBy } from '../../customers/payer-metadata.js';
import { StripeClient } from '../../stripe/stripe-client.js';
import { readInstanceId } from '../instance-id.js';
import { type Check, instanceCheck } from './findings.js';

/** A customer that is younger may be on its way into the database. */
const SETTLED_AFTER_SECONDS = 600;

/** Whether another database, a copy of this one, makes customers under the same id. */
export async function checkInstance(config: AppConfig): Promise<Check> {
  const client = new StripeClient(config, new Clock());
  const { object, answeredAt } = await client.read((stripe, options) => stripe.customers.list({ limit: 100 }, options));
  const dataSource = await new DataSource({
    ...dataSourceOptions(config.env.DATABASE_URL, config.env.DATABASE_SCHEMA, 1),
    entities: [],
  }).initialize();
  try {
    const own = await readInstanceId(dataSource);
    const ids = object.data
      .filter(({ created, metadata }) => created < answeredAt - SETTLED_AFTER_SECONDS && isMadeBy(own, metadata))
      .map(({ id }) => id);
    const strangers = await dataSource.query<{ id: string }[]>(
      `SELECT stranger.id FROM unnest($1::text[]) AS stranger (id)
       WHERE NOT EXISTS (SELECT FROM customers WHERE stripe_customer_id = stranger.id)
         AND NOT EXISTS (SELECT FROM former_stripe_customers WHERE stripe_customer_id = stranger.id)`,
      [ids],
    );
    return instanceCheck(strangers.map(({ id }) => id));
  } finally {
    await dataSource.destroy();
  }
}
