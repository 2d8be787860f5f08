/** One invalid field of a request, by its name on the wire (`trial_days`). */
export interface FieldError {
  field: string;
  message: string;
}

/** What is known of a failed call. */
export interface BillingErrorDetails {
  code: string;
  status: number;
  errors?: readonly FieldError[];
  declineCode?: string;
  requestId?: string;
  retryAfter?: number;
}

/**
 * A call that failed. `message` is the server's text, which may be shown to the customer. `code` is stable:
 * `card_declined`, `subscription_exists`, `validation_failed` … as the API documents them, and three of the client's
 * own: `network_error` (no answer), `timeout` and `invalid_answer`.
 */
export class BillingError extends Error {
  override readonly name = 'BillingError';
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The invalid fields; empty for every other error. */
  readonly errors: readonly FieldError[];
  /** Stripe's reason for a declined card, for example `insufficient_funds`. */
  readonly declineCode?: string;
  /** Id under which the server logged the request; to be named to support. */
  readonly requestId?: string;
  /** Seconds after which it makes sense to try again, where the server said so. */
  readonly retryAfter?: number;

  constructor(message: string, details: BillingErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.code = details.code;
    this.status = details.status;
    this.errors = details.errors ?? [];
    if (details.declineCode !== undefined) this.declineCode = details.declineCode;
    if (details.requestId !== undefined) this.requestId = details.requestId;
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
  }
}

/** The error that an answer tells; problem details (RFC 9457) where it has them, else what its status says. */
export async function errorOf(response: Response): Promise<BillingError> {
  const problem = await readProblem(response);
  const text = (key: string) => (typeof problem[key] === 'string' ? problem[key] : undefined);
  const requestId = text('request_id') ?? response.headers.get('X-Request-Id') ?? undefined;
  const declineCode = text('decline_code');
  const retryAfter = retryAfterSeconds(response.headers.get('Retry-After'), Date.now());
  return new BillingError(text('detail') ?? text('message') ?? `The server answered ${response.status}`, {
    code: text('code') ?? `http_${response.status}`,
    status: response.status,
    errors: fieldErrors(problem.errors),
    ...(declineCode === undefined ? {} : { declineCode }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** `Retry-After` in seconds, whether it is a number or a date. */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

async function readProblem(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (entry: unknown): entry is FieldError =>
      typeof entry === 'object' && entry !== null && 'field' in entry && 'message' in entry,
  );
}
