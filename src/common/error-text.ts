import { isNativeError } from 'node:util/types';

const MAX_LENGTH = 8_000;
const MAX_CAUSES = 5;
/** SQLSTATE classes whose texts repeat values: data, integrity, PL/pgSQL. */
const REPEATS_VALUES = /^(22|23|P0)/;

/** What is read of the errors of TypeORM, pg, Node.js and the stripe package. */
interface Facts {
  name: string;
  message: string;
  stack?: string;
  cause?: unknown;
  code?: unknown;
  constraint?: unknown;
  /** TypeORM: the error of pg. */
  driverError?: unknown;
  /** stripe: `StripeCardError` and the like. */
  type?: unknown;
  statusCode?: unknown;
  param?: unknown;
  requestId?: unknown;
}

/**
 * An error as it is logged and kept with an event: what went wrong, where, and what caused it, for an operator to read. It
 * holds nothing of what callers and Stripe sent: values that PostgreSQL, Stripe or a parser repeat in their texts are left
 * out.
 */
export function errorText(error: unknown): string {
  if (!isError(error)) return `Thrown: ${typeof error}`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const causes = causesOf(error).map((cause) => `Caused by: ${summary(cause)}`);
  return [summary(error), ...frames, ...causes].join('\n').slice(0, MAX_LENGTH);
}

function causesOf(error: Facts): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error.cause; cause !== undefined && cause !== null && !causes.includes(cause);) {
    causes.push(cause);
    cause = isError(cause) ? cause.cause : undefined;
    if (causes.length === MAX_CAUSES) break;
  }
  return causes;
}

function summary(error: unknown): string {
  if (!isError(error)) return typeof error;
  if (error.driverError !== undefined) return summaryOfQuery(error, error.driverError);
  if (typeof error.type === 'string' && error.type.startsWith('Stripe')) {
    const facts = [error.type, error.statusCode, error.code, error.param, error.requestId];
    return facts.filter((fact) => fact !== undefined && fact !== '').join(' ');
  }
  if (error.name === 'SyntaxError') return error.name;
  const code = typeof error.code === 'string' && !error.message.includes(error.code) ? ` (${error.code})` : '';
  const text = typeof error.code === 'string' && REPEATS_VALUES.test(error.code) ? '' : withoutAddresses(error.message);
  return `${error.name}: ${text}${code}`;
}

function summaryOfQuery({ name }: Facts, driverError: unknown): string {
  const { code, constraint, message = '' } = driverError as Partial<Facts>;
  if (typeof code !== 'string') return `${name}: ${withoutAddresses(message)}`;
  const place = typeof constraint === 'string' ? ` (${constraint})` : '';
  return `${name} ${code}${place}${REPEATS_VALUES.test(code) ? '' : `: ${withoutAddresses(message)}`}`;
}

/** Errors of Node.js itself may come from another realm. */
function isError(error: unknown): error is Facts {
  return isNativeError(error) || error instanceof Error;
}

function withoutAddresses(message: string): string {
  return message.replaceAll(/[^\s"'<>()]+@[^\s"'<>()]+/g, '[e-mail]');
}
