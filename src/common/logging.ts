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

/** Nest tells of every module and route at each start. */
const BOOT_DETAILS = new Set<unknown>(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Nest's logger on pino. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const level = BOOT_DETAILS.has(rest.at(-1)) ? 'debug' : 'info';
    this.logger[level](...entryOf(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(...entryOf(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(...entryOf(message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...entryOf(message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(...entryOf(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(...entryOf(message, rest));
  }
}

/**
 * Nest passes the text, then objects or a stack, and the name of the class last. Fields may also come first, before the
 * text, as pino has it.
 */
function entryOf(message: unknown, rest: unknown[]): [object, string] {
  if (isFields(message) && typeof rest[0] === 'string' && rest.length > 1) {
    return [Object.assign({}, message, fieldsOf(rest.slice(1))), rest[0]];
  }
  return [fieldsOf(rest), String(message)];
}

function fieldsOf(rest: unknown[]): object {
  const context = typeof rest.at(-1) === 'string' ? { context: rest.at(-1) } : {};
  const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
  return Object.assign({}, ...rest.filter(isFields), context, stack) as object;
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
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
        path: request.originalUrl.split('?', 1)[0],
        status: response.statusCode,
        milliseconds,
        request_id: requestId,
      };
      logger.info(entry, response.writableFinished ? 'answered' : 'connection closed early');
    });
    runInRequestContext({ requestId }, next);
  };
}
