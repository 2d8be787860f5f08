import { type INestApplicationContext, type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { dataSourceOptions } from '../../ormconfig.js';
import { coreModules } from '../app.module.js';
import { AppConfig, ConfigurationError } from '../config/app-config.js';
import { migrate, pendingMigrations } from '../database/migrate.js';
import { prepareEmbeddedEnvironment } from '../local-stack/embedded-environment.js';
import { RepairModule } from '../reconciliation/repair.module.js';
import { SUBSCRIBED_EVENT_TYPES } from '../webhooks/event-routes.js';
import { type CommandContext } from './command.js';

@Module({})
class CliModule {}

/** Runs `action` with the configuration of the server; what is not configured is started, or found running, meanwhile. */
export async function withConfiguration<T>(
  { environment, log }: CommandContext,
  action: (config: AppConfig, parts: { postgres: boolean; sandbox: boolean }) => Promise<T>,
): Promise<T> {
  const embedded = await prepareEmbeddedEnvironment(environment, { log, webhookEvents: SUBSCRIBED_EVENT_TYPES });
  try {
    return await action(AppConfig.parse(embedded.environment, { sandbox: embedded.parts.sandbox }), embedded.parts);
  } finally {
    await embedded.stop();
  }
}

/**
 * Runs `action` inside the application, without its HTTP server and its background work.
 * @throws ConfigurationError when migrations are missing
 */
export function withApplication<T>(
  context: CommandContext,
  action: (app: INestApplicationContext) => Promise<T>,
): Promise<T> {
  return withConfiguration(context, async (config, parts) => {
    const database = dataSourceOptions(config.env.DATABASE_URL, config.env.DATABASE_SCHEMA);
    if (parts.postgres) await migrate(database);
    else if ((await pendingMigrations(database)).length > 0)
      throw new ConfigurationError('DATABASE_URL: migrations are missing; apply them with `npm run cli -- migrate`');
    const module = { module: CliModule, imports: [...coreModules(config), RepairModule] };
    const app = await NestFactory.createApplicationContext(module, {
      logger: warningsTo(context),
      abortOnError: false,
    });
    try {
      return await action(app);
    } finally {
      await app.close();
    }
  });
}

/** What goes wrong is written to the error output; the rest is silent. */
function warningsTo({ log }: CommandContext): LoggerService {
  const tell = (message: unknown, ...rest: unknown[]) =>
    log(typeof message === 'string' ? message : rest.filter((part) => typeof part === 'string').join(' '));
  return { log: () => undefined, debug: () => undefined, verbose: () => undefined, warn: tell, error: tell };
}
