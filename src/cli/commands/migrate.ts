import { parseArgs } from 'node:util';
import { migrate, undoLastMigration } from '../../database/migrate.js';
import { type Command } from '../command.js';
import { withDatabase } from '../database.js';

export const migrateCommand: Command = {
  usage: `migrate         apply all that are missing
migrate --down  take the newest one back, with the data of its tables`,
  run(parameters, context) {
    const { values } = parseArgs({ args: parameters, options: { down: { type: 'boolean', default: false } } });
    return withDatabase(context, async (database) => {
      if (values.down) {
        const undone = await undoLastMigration(database);
        return { text: undone === null ? 'No migration is applied' : `Undone: ${undone}`, json: { undone } };
      }
      const applied = await migrate(database);
      return { text: applied.length === 0 ? 'Up to date' : `Applied: ${applied.join(', ')}`, json: { applied } };
    });
  },
};
