import { type Server } from 'node:http';
import { type INestApplication } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { raw, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { type Logger } from 'pino';
import { BillingError } from '../common/billing-error.js';
import { jsonBodyParser, type ParsedRequest } from './body-parser.js';
import { rememberConnections } from './connections.js';
import { Clock } from '../common/clock.js';
import { InputValidationPipe } from './input-validation.pipe.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { AppConfig, ConfigurationError } from '../config/app-config.js';
import { setupOpenApi } from './openapi/openapi.js';
import { requestLog } from './request-log.js';
import { toBillingError } from '../stripe/stripe-error.js';

export const BASE_PATH = 'api/v1/billing';
const WEBHOOK_PATH = `/${BASE_PATH}/webhook`;
/** Bytes that a webhook delivery may have. */
const MAX_WEBHOOK_BYTES = 1024 * 1024;
/** Longer than the idle time-outs of common proxies, so that the proxy closes first. */
const KEEP_ALIVE_MS = 65_000;

/** Everything between the socket and the controllers; the same for the server and the tests. */
export function configureApp(app: NestExpressApplication, logger: Logger): void {
  const config = app.get(AppConfig);
  const clock = app.get(Clock);
  app.disable('x-powered-by');
  app.disable('etag');
  if (config.env.TRUST_PROXY !== undefined) setTrustProxy(app, config.env.TRUST_PROXY);
  app.setGlobalPrefix(BASE_PATH, { exclude: ['health/live', 'health/ready', 'metrics'] });
  app.use(requestLog(logger, () => clock.monotonicSeconds()));
  app.use(refuseUnreadableAddress);
  app.use(helmet({ contentSecurityPolicy: false }));
  app.enableCors({
    // Browsers send the origin only, in lower case and without the usual port.
    origin: new URL(config.env.FRONTEND_URL).origin,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'],
    exposedHeaders: ['Link', 'X-Has-More', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  });
  app.use(`/${BASE_PATH}`, noStore);
  app.use(WEBHOOK_PATH, webhookBodyParser());
  app.use(jsonBodyParser());
  app.useGlobalPipes(new InputValidationPipe());
  app.useGlobalFilters(new ProblemDetailsFilter(toBillingError));
  setupOpenApi(app);
}

/** Time-outs and connections of the listening server. */
export function configureServer(app: INestApplication): void {
  const server = app.getHttpServer() as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
  server.requestTimeout = 60_000;
  rememberConnections(server);
}

/** The webhook takes the bytes as they are, whatever their type: its signature covers them. */
function webhookBodyParser() {
  const parse = raw({ type: () => true, limit: MAX_WEBHOOK_BYTES, inflate: false });
  return (request: ParsedRequest, response: Response, next: NextFunction): void => {
    parse(request, response, (error?: unknown) => {
      if (error instanceof Error) request.bodyError = error;
      next();
    });
  };
}

/** No route has an address with broken percent-encoding; the router would call it a bad request without a reason. */
function refuseUnreadableAddress(request: Request, _response: Response, next: NextFunction): void {
  try {
    decodeURIComponent(request.path);
    next();
  } catch (error) {
    next(new BillingError('not_found', undefined, {}, error));
  }
}

/** Responses are about one user: no cache may keep them. */
function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}

/** @throws ConfigurationError for what Express does not take */
function setTrustProxy(app: NestExpressApplication, setting: string): void {
  try {
    app.set('trust proxy', trustProxy(setting));
  } catch {
    throw new ConfigurationError('TRUST_PROXY: must be true, false, a number of proxies, or addresses as in Express');
  }
}

function trustProxy(setting: string): number | boolean | string {
  if (/^\d+$/.test(setting)) return Number(setting);
  return setting === 'true' || setting === 'false' ? setting === 'true' : setting;
}
