import { type TestedService } from './test-app.js';

/** The metadata by which a customer made at Stripe from outside is the given user's (`sub`). */
export async function metadataOf(app: Pick<TestedService, 'dataSource'>, sub: string): Promise<Record<string, string>> {
  return { billing_instance: await instanceId(app), billing_payer: `user:${sub}` };
}

/** The random id of the service's database. */
export async function instanceId({ dataSource }: Pick<TestedService, 'dataSource'>): Promise<string> {
  const [{ id }] = await dataSource.query<[{ id: string }]>('select instance_id as id from installation');
  return id;
}

/** The foreign keys of tables whose rows belong to a payer and go with it. */
export const ofPayers = (...tables: string[]) =>
  tables.flatMap((table) => [`${table}.organization_id → organizations CASCADE`, `${table}.user_id → users CASCADE`]);
