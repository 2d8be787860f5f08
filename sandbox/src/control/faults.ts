import { type ApiRequest } from '../http/api.js';
import { type Connection, type Interceptor, type SiteAnswer } from '../http/server.js';
import { StripeError, errorAnswer } from '../errors/stripe-error.js';
import { newId } from '../kernel/context.js';
import { type JsonObject } from '../wire.js';
import { ControlError } from './control-error.js';

const KINDS = ['status', 'card_error', 'timeout', 'break_before', 'break_after'] as const;
const LONGEST_HANG_MS = 120_000;

/** What goes wrong for the next `times` requests that fit. */
interface Fault {
  readonly id: string;
  readonly kind: (typeof KINDS)[number];
  readonly method: string | null;
  /** Path pattern; `*` stands for one segment, `**` for any number. */
  readonly path: string;
  remaining: number;
  /** For `status`: 500, 429 or any other error status. */
  readonly status: number;
  /** For `status`: true when the work is done before the error is answered. */
  readonly after: boolean;
  /** For `status`: seconds of the `Retry-After` header; null: there is none. */
  readonly retry_after: number | null;
  readonly code: string | null;
  readonly decline_code: string | null;
  readonly message: string | null;
}

/** Faults on request: errors, hanging and broken connections for chosen calls. */
export class Faults {
  private faults: Fault[] = [];

  /** Adds a fault from a control call. Throws `ControlError`. */
  add(body: JsonObject): object {
    const kind = KINDS.find((candidate) => candidate === body.kind);
    if (kind === undefined) throw new ControlError(400, `kind must be one of ${KINDS.join(', ')}`);
    const path = textOf(body, 'path') ?? '/**';
    if (!path.startsWith('/')) throw new ControlError(400, 'path must begin with a slash');
    const fault: Fault = {
      id: newId('fault', 8),
      kind,
      method: textOf(body, 'method')?.toUpperCase() ?? null,
      path,
      remaining: numberOf(body, 'times', 1, 1, 1_000_000),
      status: numberOf(body, 'status', 500, 400, 599),
      after: body.after === true,
      retry_after: 'retry_after' in body ? numberOf(body, 'retry_after', 0, 0, 86_400) : null,
      code: textOf(body, 'code'),
      decline_code: textOf(body, 'decline_code'),
      message: textOf(body, 'message'),
    };
    this.faults.push(fault);
    return fault;
  }

  list(): object {
    return { faults: this.faults };
  }

  clear(): void {
    this.faults = [];
  }

  /** Stands between a request and its answer. */
  readonly intercept: Interceptor = async (request, next, connection) => {
    const fault = this.take(request);
    switch (fault?.kind) {
      case undefined:
        return next();
      case 'status':
        if (fault.after) await next();
        return withRetryAfter(statusAnswer(fault), fault.retry_after);
      case 'card_error':
        return errorResponse(
          new StripeError(402, {
            type: 'card_error',
            code: fault.code ?? 'card_declined',
            ...((fault.decline_code ?? fault.code) === null ? { decline_code: 'generic_decline' } : {}),
            ...(fault.decline_code === null ? {} : { decline_code: fault.decline_code }),
            message: fault.message ?? 'Your card was declined.',
          }),
        );
      case 'timeout':
        await hang(connection);
        return undefined;
      case 'break_after':
        await next();
        connection.destroy();
        return undefined;
      case 'break_before':
        connection.destroy();
        return undefined;
    }
  };

  private take(request: ApiRequest): Fault | undefined {
    const fault = this.faults.find(
      (candidate) =>
        (candidate.method === null || candidate.method === request.method) && fits(candidate.path, request.path),
    );
    if (fault === undefined) return undefined;
    fault.remaining -= 1;
    if (fault.remaining === 0) this.faults = this.faults.filter((other) => other !== fault);
    return fault;
  }
}

function fits(pattern: string, path: string): boolean {
  const expression = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${expression}$`).test(path);
}

function statusAnswer(fault: Fault): SiteAnswer {
  if (fault.status === 429) {
    const message =
      fault.message ??
      'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.';
    const answer = errorResponse(
      new StripeError(429, { type: 'invalid_request_error', code: fault.code ?? 'rate_limit', message }),
    );
    return { ...answer, headers: { ...answer.headers, 'Stripe-Rate-Limited-Reason': 'global-rate' } };
  }
  const type = fault.status >= 500 ? 'api_error' : 'invalid_request_error';
  const message = fault.message ?? 'An unknown error occurred.';
  return errorResponse(
    new StripeError(fault.status, { type, message, ...(fault.code === null ? {} : { code: fault.code }) }),
  );
}

function withRetryAfter(answer: SiteAnswer, seconds: number | null): SiteAnswer {
  return seconds === null ? answer : { ...answer, headers: { ...answer.headers, 'Retry-After': String(seconds) } };
}

function errorResponse(error: StripeError): SiteAnswer {
  const requestId = newId('req', 14);
  return {
    status: error.status,
    headers: { 'Content-Type': 'application/json', 'Request-Id': requestId },
    body: JSON.stringify(errorAnswer(error, requestId), null, 2),
  };
}

/** Says nothing until the client gives up. */
function hang(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => connection.destroy(), LONGEST_HANG_MS).unref();
    connection.onClose(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function textOf(body: JsonObject, name: string): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new ControlError(400, `${name} must be text`);
  return value;
}

function numberOf(body: JsonObject, name: string, fallback: number, min: number, max: number): number {
  const value = body[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new ControlError(400, `${name} must be an integer from ${min} to ${max}`);
  }
  return value;
}
