import { API_VERSION } from '../api-version.js';
import { type Context, type RequestInfo, newId } from '../kernel/context.js';
import { type Kernel, TransactionFailure } from '../kernel/kernel.js';
import { authenticate, namesVersion, secretKeyRequired } from './authentication.js';
import { expand, takeExpansions } from './expansion.js';
import { type RawParameters, decodeForm } from './form.js';
import { Idempotency, fingerprintOf, idempotencyKeys } from './idempotency.js';
import { decodeParameters } from './parameters.js';
import { type Match, type Method, type Router } from './router.js';
import { StorageUnavailable } from '../errors/storage-unavailable.js';
import { StripeError, errorAnswer, invalidRequest } from '../errors/stripe-error.js';

/** An HTTP request, read completely. */
export interface ApiRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** The query without its question mark. */
  readonly query: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const INTERNAL_ERROR = new StripeError(500, {
  type: 'api_error',
  message: 'An unknown error occurred in the sandbox; its log tells more.',
});

/** Answers API requests: authentication, parameters, idempotency, the transaction, expansion, errors. */
export class Api {
  readonly idempotency: Idempotency;

  constructor(
    private readonly kernel: Kernel,
    private readonly router: Router,
    private readonly log: (message: string, error?: unknown) => void,
  ) {
    this.idempotency = new Idempotency(kernel);
  }

  /** Never throws: every failure is an answer in Stripe's format. It comes when the request's changes are durable. */
  async answer(request: ApiRequest): Promise<ApiAnswer> {
    const requestId = newId('req', 14);
    try {
      return await this.execute(request, requestId);
    } catch (error) {
      return this.failure(error instanceof TransactionFailure ? error.cause : error, requestId, request);
    }
  }

  /** An error answer for what went wrong before or outside `answer`. */
  failure(error: unknown, requestId: string, request?: ApiRequest): ApiAnswer {
    if (!(error instanceof StripeError)) this.log(`${request?.method} ${request?.path} failed`, error);
    const shown = error instanceof StripeError ? error : INTERNAL_ERROR;
    const headers: Record<string, string> = shown.status === 401 ? { 'WWW-Authenticate': 'Basic realm="Stripe"' } : {};
    return this.toAnswer(shown.status, JSON.stringify(errorAnswer(shown, requestId), null, 2), requestId, headers);
  }

  private async execute(request: ApiRequest, requestId: string): Promise<ApiAnswer> {
    const keyKind = authenticate(request.headers);
    const pinned = namesVersion(request.headers);
    const found = this.router.find(request.method, request.path);
    if (found === undefined) throw unknownRoute(request);
    const match = pinned ? found : withOlderParameters(found);
    if (keyKind === 'publishable' && match.route.publishable !== true) throw secretKeyRequired();
    const raw = rawParameters(request);
    const key = request.method === 'POST' ? headerText(request.headers['idempotency-key']) : null;
    const info: RequestInfo = {
      id: requestId,
      idempotencyKey: key,
      publishable: keyKind === 'publishable',
      writes: request.method !== 'GET',
    };
    if (key === null) return this.run(match, raw, info, undefined);
    const fingerprint = fingerprintOf(request.method, request.path, raw);
    const stored = this.idempotency.find(key, fingerprint);
    if (stored !== undefined) {
      await this.kernel.durable();
      return this.toAnswer(stored.status, stored.body, requestId, {
        'Idempotency-Key': key,
        'Idempotent-Replayed': 'true',
        'Original-Request': stored.request,
      });
    }
    this.idempotency.hold(key);
    try {
      return await this.run(match, raw, info, { key, fingerprint });
    } finally {
      this.idempotency.release(key);
    }
  }

  /** Runs the handler as one transaction; the response comes once that is durable. */
  private async run(
    match: Match,
    raw: RawParameters,
    info: RequestInfo,
    idempotent: { key: string; fingerprint: string } | undefined,
  ): Promise<ApiAnswer> {
    const { paths, rest } = takeExpansions(raw);
    const parameters = decodeParameters(match.route.parameters, rest);
    const headers: Record<string, string> = idempotent === undefined ? {} : { 'Idempotency-Key': idempotent.key };
    const remember = (context: Context, status: number, body: string): void => {
      if (idempotent === undefined) return;
      const { key, fingerprint } = idempotent;
      const answer = this.idempotency.answer(key, fingerprint, info.id, status, body);
      context.objects(idempotencyKeys).replace(answer);
    };
    try {
      const { result, durable } = this.kernel.transact(info, (context) => {
        const shown = match.route.handle({ context, path: match.path, parameters });
        const body = JSON.stringify(expand(context, shown, paths), null, 2);
        remember(context, 200, body);
        return body;
      });
      // Its `Date` says when it was true: time may be advanced until it is durable.
      const answer = this.toAnswer(200, result, info.id, headers);
      await durable;
      return answer;
    } catch (failure) {
      if (!(failure instanceof TransactionFailure) || failure.cause instanceof StorageUnavailable) throw failure;
      const error = failure.cause instanceof StripeError ? failure.cause : INTERNAL_ERROR;
      if (error === INTERNAL_ERROR) this.log(`${match.route.method} ${match.route.path} failed`, failure.cause);
      const body = JSON.stringify(errorAnswer(error, info.id), null, 2);
      const { durable } = this.kernel.transact(info, (context) => {
        // A refusal because of a lock says nothing about the request: the same key may try again.
        if (error.status !== 429) remember(context, error.status, body);
      });
      await Promise.all([failure.durable, durable]);
      return this.toAnswer(error.status, body, info.id, headers);
    }
  }

  private toAnswer(status: number, body: string, requestId: string, extra: Record<string, string>): ApiAnswer {
    return {
      status,
      body,
      headers: {
        'Content-Type': 'application/json',
        'Request-Id': requestId,
        'Stripe-Version': API_VERSION,
        Date: new Date(this.kernel.clock.now() * 1_000).toUTCString(),
        'Cache-Control': 'no-cache, no-store',
        ...extra,
      },
    };
  }
}

function withOlderParameters({ route, path }: Match): Match {
  if (route.olderParameters === undefined) return { route, path };
  return { route: { ...route, parameters: { ...route.parameters, ...route.olderParameters } }, path };
}

function headerText(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function rawParameters(request: ApiRequest): RawParameters {
  const query = decodeForm(request.query);
  if ((request.method as Method) !== 'POST' || request.body === '') {
    return request.body === '' ? query : { ...query, ...decodeForm(request.body) };
  }
  const type = String(request.headers['content-type'] ?? 'application/x-www-form-urlencoded');
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    throw invalidRequest(
      'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any ' +
        'questions, we can help at https://support.stripe.com/.',
    );
  }
  return { ...query, ...decodeForm(request.body) };
}

function unknownRoute(request: ApiRequest): StripeError {
  return new StripeError(404, {
    type: 'invalid_request_error',
    message:
      `Unrecognized request URL (${request.method}: ${request.path.slice(0, 200)}). Please see https://stripe.com/docs ` +
      'or we can help at https://support.stripe.com/.',
  });
}
