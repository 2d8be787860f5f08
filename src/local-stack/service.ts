import { type NestExpressApplication } from '@nestjs/platform-express';
import { dataSourceOptions } from '../../ormconfig.js';
import { AppModule } from '../app.module.js';
import { signToken } from '../auth/sign-token.js';
import { UsersService } from '../auth/users.service.js';
import { Clock } from '../common/clock.js';
import { createLogger, readableDestination } from '../common/logging.js';
import { AppConfig } from '../config/app-config.js';
import { migrate } from '../database/migrate.js';
import { isPageBuilt, serveBillingPage } from '../http/billing-page.js';
import { closeApp, startApp } from '../http/server.js';
import { SUBSCRIBED_EVENT_TYPES } from '../webhooks/event-routes.js';
import { prepareEmbeddedEnvironment } from './embedded-environment.js';

/** A service that is ready, with all that was started for it. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8009`. */
  origin: string;
  /** Base URL of the Stripe sandbox, if it is embedded. */
  sandboxUrl?: string;
  /** Address of the billing page, if it is served here. */
  pageUrl?: string;
  /** Bearer token of the demo user, if the tokens' secret is the embedded one. */
  demoToken?: string;
  /** Seconds of `stop` in which requests are still taken. */
  shutdownDelaySeconds: number;
  /** Ends running requests, the background work, the connections and what was started, in this order. */
  stop(): Promise<void>;
}

const DEMO = { sub: 'demo', email: 'demo@example.com' };

/**
 * Starts the service, and what is not configured, with it.
 *
 * @param onLost told the reason when an embedded part has died and cannot be started again: the service is of no use then
 * @throws ConfigurationError when the environment is wrong
 */
export async function startServer(
  given: Readonly<Record<string, string | undefined>>,
  onLost?: (reason: Error) => void,
): Promise<RunningServer> {
  const { LOG_LEVEL: level = 'info', NODE_ENV: mode } = AppConfig.checkGiven(given);
  // A container of a deployment may have a terminal, too; what collects its log expects JSON.
  const forPerson = process.stdout.isTTY && mode !== 'production';
  const logger = createLogger(level, forPerson ? await readableDestination(process.stdout) : undefined);
  const embedded = await prepareEmbeddedEnvironment(given, {
    log: (message, severity = 'info') => logger[severity](message),
    onLost,
    webhookEvents: SUBSCRIBED_EVENT_TYPES,
    serving: true,
  });
  try {
    const config = AppConfig.parse(embedded.environment, { sandbox: embedded.parts.sandbox });
    const applied = await migrate(dataSourceOptions(config.env.DATABASE_URL, config.env.DATABASE_SCHEMA));
    if (applied.length > 0) logger.info({ applied }, 'migrations applied');
    // A frontend of its own has the page; without one the embedded set-up serves it.
    const servesPage = embedded.parts.postgres || embedded.parts.sandbox ? !given.FRONTEND_URL?.trim() : false;
    if (servesPage && !isPageBuilt()) logger.warn('the billing page is not built; run npm run build:web');
    const app = await startApp(AppModule.forRoot(config), config, logger, servesPage ? serveBillingPage : undefined);
    const secret = given.AUTH_JWT_SECRET?.trim() ? undefined : config.env.AUTH_JWT_SECRET;
    return {
      origin: await app.getUrl(),
      shutdownDelaySeconds: config.shutdownDelaySeconds,
      ...(embedded.sandboxUrl === undefined ? {} : { sandboxUrl: embedded.sandboxUrl }),
      ...(servesPage ? { pageUrl: `${config.env.FRONTEND_URL}/billing` } : {}),
      ...(secret === undefined ? {} : { demoToken: await addDemoUser(app, config, secret) }),
      stop: async () => {
        await closeApp(app, config.shutdownDelaySeconds);
        await embedded.stop();
      },
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

async function addDemoUser(app: NestExpressApplication, { env }: AppConfig, secret: string): Promise<string> {
  await app.get(UsersService).fromClaims({
    externalId: DEMO.sub,
    email: DEMO.email,
    emailVerified: false,
    username: null,
    firstName: null,
    lastName: null,
    role: 'user',
  });
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, AUTH_CLIENT_ID: clientIds } = env;
  return signToken(DEMO, {
    secret,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(clientIds?.[0] === undefined ? {} : { clientId: clientIds[0] }),
    now: app.get(Clock).now(),
  });
}
