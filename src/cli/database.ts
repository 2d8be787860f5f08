import { type DataSourceOptions } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig.js';
import { AppConfig } from '../config/app-config.js';
import { prepareEmbeddedEnvironment } from '../local-stack/embedded-environment.js';
import { SUBSCRIBED_EVENT_TYPES } from '../webhooks/event-routes.js';
import { type CommandContext } from './command.js';

/** Runs `action` on the configured database, which needs no Stripe, or else on the embedded one. */
export async function withDatabase<T>(
  { environment, log }: CommandContext,
  action: (options: DataSourceOptions) => Promise<T>,
): Promise<T> {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema } = AppConfig.checkGiven(environment);
  if (url !== undefined) return action(dataSourceOptions(url, schema));
  const embedded = await prepareEmbeddedEnvironment(environment, { log, webhookEvents: SUBSCRIBED_EVENT_TYPES });
  try {
    return await action(dataSourceOptions(embedded.environment.DATABASE_URL ?? '', schema));
  } finally {
    await embedded.stop();
  }
}
