import { BillingError, errorOf } from './billing-error.js';

/** A bearer token, or where to get one. */
export type Token = string | ((request: TokenRequest) => string | Promise<string>);

/** Why a token is asked for. */
export interface TokenRequest {
  /** True when the server refused the last one: give a fresh one, or the same when there is none. */
  refused: boolean;
}

export interface BillingClientOptions {
  /** Origin of the server, for example `https://billing.example.com`; empty: that of the page. */
  baseUrl?: string;
  /** Token of the user; a function is asked before each call, and once more when the server answers 401. */
  token: Token;
  /** For whom a backend acts whose token is a service key (`bsk_…`). */
  onBehalfOf?: { user: string } | { organization: string };
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
  /** How often a safe call is repeated after a failure that may pass; default 2, 0 never. */
  maxRetries?: number;
  /** Milliseconds that one attempt may take; default 60,000. */
  timeout?: number;
  /** Milliseconds before the first repetition, doubled for each further one; default 300. */
  retryDelay?: number;
}

/** Settings of one call. */
export interface RequestOptions {
  /** Aborts the call, waiting included. */
  signal?: AbortSignal;
  /** Names a POST or PATCH: the same key never does it twice within 24 hours. Default: a new one for each call. */
  idempotencyKey?: string;
}

export interface ApiRequest extends RequestOptions {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its leading slash. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: object;
}

const DEFAULT_RETRIES = 2;
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_RETRY_DELAY_MS = 300;
const MAX_RETRY_DELAY_MS = 8_000;
/** A longer `Retry-After` is handed to the caller. */
const MAX_RETRY_AFTER_SECONDS = 30;
const PASSING_STATUSES: readonly number[] = [429, 502, 503, 504];

/** Sends requests: token, idempotency key, time-out, and repetition of what may safely be repeated. */
export class Transport {
  private readonly baseUrl: string;
  private readonly fetch: typeof fetch;
  private readonly maxRetries: number;
  private readonly payer: Record<string, string>;

  constructor(private readonly options: BillingClientOptions) {
    this.baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '');
    // A bare reference would lose its receiver, which browsers refuse.
    this.fetch = options.fetch ?? ((...parameters) => globalThis.fetch(...parameters));
    this.payer = options.onBehalfOf === undefined ? {} : { 'On-Behalf-Of': payerText(options.onBehalfOf) };
    this.maxRetries = options.maxRetries ?? DEFAULT_RETRIES;
  }

  /**
   * The answer of a request that went well.
   *
   * @throws BillingError when it did not; the reason of the signal when it was aborted
   */
  async send(request: ApiRequest): Promise<Response> {
    // Made once and sent with each attempt: whether or not an earlier one arrived, it is done once.
    const key = isWrite(request) ? (request.idempotencyKey ?? crypto.randomUUID()) : undefined;
    let refused = false;
    for (let retries = 0; ;) {
      const outcome = await this.attempt(request, key, refused);
      if (outcome instanceof Response) return outcome;
      if (outcome.status === 401 && !refused && typeof this.options.token === 'function') {
        refused = true;
        continue;
      }
      // The answer to the first attempt was lost: it had removed the object.
      if (request.method === 'DELETE' && outcome.status === 404 && retries > 0) return new Response(null);
      if (retries >= this.maxRetries || !mayPass(request, outcome)) throw outcome;
      await pause(this.delay(outcome, retries), request.signal);
      retries += 1;
    }
  }

  private async attempt(
    request: ApiRequest,
    key: string | undefined,
    refused: boolean,
  ): Promise<Response | BillingError> {
    request.signal?.throwIfAborted();
    const { token } = this.options;
    const bearer = typeof token === 'function' ? await token({ refused }) : token;
    const timeout = AbortSignal.timeout(this.options.timeout ?? DEFAULT_TIMEOUT_MS);
    try {
      const response = await this.fetch(this.baseUrl + request.path + queryText(request.query), {
        method: request.method,
        headers: { ...headersOf(request, bearer, key), ...this.payer },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal: request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]),
      });
      return response.ok ? response : await errorOf(response);
    } catch (error) {
      request.signal?.throwIfAborted();
      return timeout.aborted
        ? new BillingError('The server took too long to answer', { code: 'timeout', status: 0 }, { cause: error })
        : new BillingError('The server cannot be reached', { code: 'network_error', status: 0 }, { cause: error });
    }
  }

  private delay({ retryAfter }: BillingError, retries: number): number {
    const backOff = Math.min(MAX_RETRY_DELAY_MS, (this.options.retryDelay ?? DEFAULT_RETRY_DELAY_MS) * 2 ** retries);
    // Half of it is random, so that clients that failed together do not come back together.
    const jittered = backOff / 2 + (Math.random() * backOff) / 2;
    return Math.max(jittered, (retryAfter ?? 0) * 1000);
  }
}

function isWrite({ method }: ApiRequest): boolean {
  return method === 'POST' || method === 'PATCH';
}

function mayPass(request: ApiRequest, error: BillingError): boolean {
  if ((error.retryAfter ?? 0) > MAX_RETRY_AFTER_SECONDS) return false;
  if (error.status === 0 || PASSING_STATUSES.includes(error.status)) return true;
  if (error.code === 'idempotency_key_in_use') return true;
  return request.method === 'GET' && error.status === 500;
}

function headersOf(request: ApiRequest, bearer: string, key: string | undefined): Record<string, string> {
  return {
    Accept: 'application/json',
    ...(bearer === '' ? {} : { Authorization: `Bearer ${bearer}` }),
    ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(key === undefined ? {} : { 'Idempotency-Key': key }),
  };
}

function payerText(payer: NonNullable<BillingClientOptions['onBehalfOf']>): string {
  return 'user' in payer ? `user:${encodeURIComponent(payer.user)}` : `org:${encodeURIComponent(payer.organization)}`;
}

function queryText(query: ApiRequest['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
