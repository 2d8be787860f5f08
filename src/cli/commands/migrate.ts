import { migrate, undoLastMigration } from '../../database/migrate.js';
import { type CommandContext, type CommandResult } from '../command.js';
import { withDatabase } from '../database.js';

/** Applies all migrations that are missing, or takes the newest one back. */
export function migrateCommand(
  context: CommandContext,
  { down }: { down?: boolean | undefined },
): Promise<CommandResult> {
  return withDatabase(context, async (database) => {
    if (down) {
      const undone = await undoLastMigration(database);
      return { text: undone === null ? 'No migration is applied' : `Undone: ${undone}`, json: { undone } };
    }
    const applied = await migrate(database);
    return { text: applied.length === 0 ? 'Up to date' : `Applied: ${applied.join(', ')}`, json: { applied } };
  });
}
