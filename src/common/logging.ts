import { isNativeError } from 'node:util/types';
import { type LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { errorText } from './error-text.js';
import { currentRequestContext } from './request-context.js';

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

/**
 * One JSON line per entry, with the id of the request it belongs to.
 *
 * @param destination default: standard output
 */
export function createLogger(level: string, destination: DestinationStream = pino.destination()): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
    mixin: () => {
      const context = currentRequestContext();
      return context === undefined ? {} : { request_id: context.requestId };
    },
  };
  return pino(options, destination);
}

/** A destination with a line for a person instead of JSON; undefined where pino-pretty is not installed. */
export async function readableDestination(output: DestinationStream): Promise<DestinationStream | undefined> {
  const pretty = await import('pino-pretty').catch(() => null);
  if (pretty === null) return undefined;
  const toLine = pretty.prettyFactory({
    singleLine: true,
    ignore: 'context,stack',
    messageFormat: '{if context}{context}: {end}{msg}{if stack}\n{stack}{end}',
  });
  return { write: (entry) => output.write(toLine(entry)) };
}

/** Nest logs every module and route at each start. */
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
 * Nest passes the text, then objects, an error or a stack, and the name of the class last. Of an error the log shows what
 * `errorText` says, its causes included. Fields may also come first, before the
 * text, as pino has it.
 */
function entryOf(message: unknown, rest: unknown[]): [object, string] {
  if (isFields(message) && !isError(message) && typeof rest[0] === 'string' && rest.length > 1) {
    return [Object.assign({}, message, fieldsOf(rest.slice(1))), rest[0]];
  }
  return isError(message) ? [fieldsOf([message, ...rest]), 'Error'] : [fieldsOf(rest), String(message)];
}

function fieldsOf(rest: unknown[]): object {
  const context = typeof rest.at(-1) === 'string' ? { context: rest.at(-1) } : {};
  const thrown = rest.find(isError);
  const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
  const fields = rest.filter((part) => isFields(part) && !isError(part));
  return Object.assign(
    {},
    ...fields,
    context,
    stack,
    thrown === undefined ? {} : { stack: errorText(thrown) },
  ) as object;
}

function isError(value: unknown): boolean {
  return isNativeError(value) || value instanceof Error;
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
