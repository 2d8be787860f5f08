import { randomUUID } from 'node:crypto';
import { type LoggerService } from '@nestjs/common';
import { type NextFunction, type Request, type Response } from 'express';
import { type Logger, pino } from 'pino';
import { currentRequestContext, runInRequestContext } from './request-context.js';

/** Member names whose values never reach the log, wherever they stand in the first levels of an entry. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'token',
  'secret',
  'client_secret',
  'password',
  'email',
  'card',
  'payload',
  'stripe-signature',
];
const REDACTED = SECRET_NAMES.flatMap((name) =>
  [name, `*.${name}`, `*.*.${name}`].map((path) => path.replace(/(^|\.)stripe-signature$/, '["stripe-signature"]')),
);

/** One JSON line per entry on standard output, with the id of the request it belongs to. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
    mixin: () => {
      const context = currentRequestContext();
      return context === undefined ? {} : { request_id: context.requestId };
    },
  });
}

/** Nest's logger on pino. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.info(entryOf(rest), String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(entryOf(rest), String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(entryOf(rest), String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(entryOf(rest), String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(entryOf(rest), String(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(entryOf(rest), String(message));
  }
}

/** Nest passes objects to log, then perhaps a stack, and the name of the class last. */
function entryOf(rest: unknown[]): object {
  const context = typeof rest.at(-1) === 'string' ? { context: rest.at(-1) } : {};
  const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
  const fields: object[] = rest.filter((item): item is object => typeof item === 'object' && item !== null);
  return Object.assign({}, ...fields, context, stack) as object;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/;

/**
 * Gives each request its id (the caller's `X-Request-Id` where it is well-formed), returns it in the answer and logs one
 * line when the answer is sent: never a query string, a header or a body.
 */
export function requestLog(logger: Logger, monotonicSeconds: () => number) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    const start = monotonicSeconds();
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const milliseconds = Math.round((monotonicSeconds() - start) * 1000);
      const entry = {
        method: request.method,
        path: request.path,
        status: response.statusCode,
        milliseconds,
        request_id: requestId,
      };
      logger.info(entry, response.writableFinished ? 'answered' : 'connection closed early');
    });
    runInRequestContext({ requestId }, next);
  };
}
