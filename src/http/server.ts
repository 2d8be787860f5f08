import { setTimeout as wait } from 'node:timers/promises';
import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Logger } from 'pino';
import { errorCode } from '../common/error-code.js';
import { Readiness } from '../common/readiness.js';
import { PinoLoggerService } from '../common/logging.js';
import { type AppConfig, ConfigurationError } from '../config/app-config.js';
import { configureApp, configureServer } from './app.js';
import { beginDraining, cutSilentConnections } from './connections.js';
import { JsonExpressAdapter } from './json-express.adapter.js';

/** Time that running requests get; then their connections are cut. */
const DRAIN_SECONDS = 10;
const IDLE_CHECK_MILLISECONDS = 50;

/**
 * Boots an application on its port; a database with all migrations applied and Stripe are up to the caller.
 *
 * @param module the application for this configuration
 * @param extend adds what is served beside the API
 */
export async function startApp(
  module: DynamicModule,
  config: AppConfig,
  logger: Logger,
  extend: (app: NestExpressApplication) => void = () => undefined,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, new JsonExpressAdapter(), {
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

/**
 * Sends new requests elsewhere, ends those that run, then the background work and the connections. Connections that are
 * kept alive, or that never send anything, would hold the server open for a minute.
 *
 * @param delaySeconds how long requests are still taken, while readiness says no and each response closes its connection:
 * so that load balancers notice, and no request meets a connection that is just being closed
 */
export async function closeApp(app: NestExpressApplication, delaySeconds = 0): Promise<void> {
  const server = app.getHttpServer();
  app.get(Readiness, { strict: false }).stop();
  beginDraining(server);
  await wait(delaySeconds * 1000);
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
