import { DataSource, type DataSourceOptions } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.js';
import { type CommandContext, type CommandResult, UsageError } from '../command.js';
import { readInstanceId } from '../instance-id.js';
import { withDatabase } from '../database.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of this database. */
export function showInstance(context: CommandContext): Promise<CommandResult> {
  return withConnection(context, async (dataSource) => {
    const id = await readInstanceId(dataSource);
    return { text: id, json: { instance_id: id } };
  });
}

/**
 * Takes over the id of a database that was lost, so that what it made at Stripe counts as made here. Refused once there
 * is a customer at Stripe: it carries the id that this database has now.
 */
export function adoptInstance(context: CommandContext, id: string): Promise<CommandResult> {
  if (!UUID.test(id)) throw new UsageError('The id is a UUID in small letters, for example that of `instance show`');
  return withConnection(context, async (dataSource) => {
    const adopted = await dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[{ id: string }[], number]>(
        `UPDATE installation SET instance_id = $1
         WHERE NOT EXISTS (SELECT FROM customers WHERE stripe_customer_id IS NOT NULL)
         RETURNING instance_id AS id`,
        [id],
      );
      if (rows.length === 0) return false;
      const record = { action: 'instance.adopted', object: { type: 'instance', id }, by: 'operator' as const };
      await new AuditLog().write(manager, record);
      return true;
    });
    if (!adopted)
      return {
        text: 'Not adopted: this database has customers of its own. Only an empty one can take over an id.',
        json: { adopted: false },
        failed: true,
      };
    return {
      text: `Adopted ${id}. Restart the service, then run \`npm run cli -- backfill\`.`,
      json: { adopted: true, instance_id: id },
    };
  });
}

function withConnection<T>(context: CommandContext, action: (dataSource: DataSource) => Promise<T>): Promise<T> {
  return withDatabase(context, async (options: DataSourceOptions) => {
    const dataSource = await new DataSource({ ...options, entities: [] }).initialize();
    try {
      return await action(dataSource);
    } finally {
      await dataSource.destroy();
    }
  });
}
