import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Logger } from 'pino';
import { dataSourceOptions } from '../../ormconfig.js';
import { AppModule } from '../app.module.js';
import { configureApp, configureServer } from './app.js';
import { signToken } from '../auth/sign-token.js';
import { UsersService } from '../auth/users.service.js';
import { Clock } from '../common/clock.js';
import { JsonExpressAdapter } from './json-express.adapter.js';
import { createLogger, PinoLoggerService } from '../common/logging.js';
import { AppConfig, ConfigurationError } from '../config/app-config.js';
import { migrate } from '../database/migrate.js';
import { prepareEmbeddedEnvironment } from '../local-stack/embedded-environment.js';
import { errorCode } from '../local-stack/processes.js';
import { isPageBuilt, serveBillingPage } from './billing-page.js';
import { cutSilentConnections } from './silent-connections.js';
import { SUBSCRIBED_EVENT_TYPES } from '../webhooks/event-routes.js';

/** A service that answers, with all that was started for it. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8009`. */
  origin: string;
  /** Base URL of the Stripe sandbox, if it is embedded. */
  sandboxUrl?: string;
  /** Address of the billing page, if it is served here. */
  pageUrl?: string;
  /** Bearer token of the demo user, if the tokens' secret is the embedded one. */
  demoToken?: string;
  /** Ends running requests, the background work, the connections and what was started, in this order. */
  stop(): Promise<void>;
}

const DEMO = { sub: 'demo', email: 'demo@example.com' };
/** Time that running requests get; then their connections are cut. */
const DRAIN_SECONDS = 10;
const IDLE_CHECK_MILLISECONDS = 50;

/**
 * Starts the service, and what is not configured, with it.
 *
 * @throws ConfigurationError or EmbeddedConfigurationError when the environment is wrong
 */
export async function startServer(given: Readonly<Record<string, string | undefined>>): Promise<RunningServer> {
  const { LOG_LEVEL: level = 'info' } = AppConfig.checkGiven(given);
  const logger = createLogger(level);
  const embedded = await prepareEmbeddedEnvironment(given, {
    log: (message) => logger.info(message),
    webhookEvents: SUBSCRIBED_EVENT_TYPES,
    serving: true,
  });
  try {
    const config = AppConfig.parse(embedded.environment, { sandbox: embedded.parts.sandbox });
    const applied = await migrate(dataSourceOptions(config.env.DATABASE_URL));
    if (applied.length > 0) logger.info({ applied }, 'migrations applied');
    // A frontend of its own has the page; without one the embedded set-up serves it.
    const servesPage = embedded.parts.postgres || embedded.parts.sandbox ? !given.FRONTEND_URL?.trim() : false;
    if (servesPage && !isPageBuilt()) logger.warn('the billing page is not built; run npm run build:web');
    const app = await startApp(config, logger, servesPage ? serveBillingPage : undefined);
    const secret = given.AUTH_JWT_SECRET?.trim() ? undefined : config.env.AUTH_JWT_SECRET;
    return {
      origin: await app.getUrl(),
      ...(embedded.sandboxUrl === undefined ? {} : { sandboxUrl: embedded.sandboxUrl }),
      ...(servesPage ? { pageUrl: `${config.env.FRONTEND_URL}/billing` } : {}),
      ...(secret === undefined ? {} : { demoToken: await addDemoUser(app, config, secret) }),
      stop: async () => {
        await closeApp(app);
        await embedded.stop();
      },
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/**
 * Boots the application on its port; a database with all migrations applied and Stripe are up to the caller.
 *
 * @param extend adds what is served beside the API
 */
export async function startApp(
  config: AppConfig,
  logger: Logger,
  extend: (app: NestExpressApplication) => void = () => undefined,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), new JsonExpressAdapter(), {
    logger: new PinoLoggerService(logger),
    bodyParser: false,
    abortOnError: false,
  });
  try {
    configureApp(app, logger);
    extend(app);
    configureServer(app);
    await app.listen(config.env.PORT, config.env.HOST);
    return app;
  } catch (error) {
    await app.close();
    throw describeListenError(error, config);
  }
}

function describeListenError(error: unknown, { env }: AppConfig): unknown {
  const code = errorCode(error);
  if (code === 'EADDRINUSE') return new ConfigurationError(`PORT: ${env.PORT} is used by another program`);
  if (code === 'EACCES') return new ConfigurationError(`PORT: ${env.PORT} may not be used by this user`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ConfigurationError('HOST: is no address of this machine');
  }
  return error;
}

async function addDemoUser(app: NestExpressApplication, { env }: AppConfig, secret: string): Promise<string> {
  await app.get(UsersService).fromClaims({
    externalId: DEMO.sub,
    email: DEMO.email,
    username: null,
    firstName: null,
    lastName: null,
    role: 'user',
  });
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = env;
  return signToken(DEMO, {
    secret,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    now: app.get(Clock).now(),
  });
}

/**
 * Ends running requests, then the background work and the connections. Connections that are kept alive, or that never
 * send anything, would hold the server open for a minute.
 */
export async function closeApp(app: NestExpressApplication): Promise<void> {
  const server = app.getHttpServer();
  const idle = setInterval(() => {
    server.closeIdleConnections();
    cutSilentConnections(server);
  }, IDLE_CHECK_MILLISECONDS);
  const drained = setTimeout(() => server.closeAllConnections(), DRAIN_SECONDS * 1000);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(drained);
  }
}
