import { describe, expect, it } from '@jest/globals';
import { BillingError, retryAfterSeconds } from './billing-error.js';
import { type BillingClientOptions, Transport } from './transport.js';

interface Sent {
  url: string;
  method: string | undefined;
  headers: Record<string, string>;
}

/** A transport whose server answers one after the other; an Error stands for a broken connection. */
function transport(answers: (Response | Error)[], options: Partial<BillingClientOptions> = {}) {
  const sent: Sent[] = [];
  const fetch: BillingClientOptions['fetch'] = (url, init = {}) => {
    sent.push({ url: url as string, method: init.method, headers: init.headers as Record<string, string> });
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    return answer instanceof Response ? Promise.resolve(answer.clone()) : Promise.reject(answer ?? new Error('none'));
  };
  return {
    sent,
    transport: new Transport({ baseUrl: 'http://api', token: 'secret', retryDelay: 1, fetch, ...options }),
  };
}

const ok = () => Response.json({ ok: true });
const problem = (status: number, body: object = {}, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });

async function failure(promise: Promise<unknown>): Promise<BillingError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof BillingError) return error;
  throw new Error(`not refused with a BillingError: ${String(error)}`);
}

describe('what is repeated', () => {
  it.each([429, 500, 502, 503, 504])('a read that failed with %i is sent again', async (status) => {
    const { sent, transport: subject } = transport([problem(status), ok()]);
    await expect(subject.send({ method: 'GET', path: '/plans' })).resolves.toHaveProperty('status', 200);
    expect(sent).toHaveLength(2);
  });

  it('every attempt of a write carries one key, another write another', async () => {
    const { sent, transport: subject } = transport([new TypeError('broken'), problem(503), ok()]);
    await subject.send({ method: 'POST', path: '/subscription', body: {} });
    await subject.send({ method: 'POST', path: '/subscription', body: {} });
    const keys = sent.map(({ headers }) => headers['Idempotency-Key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys.slice(1, 3)).toEqual([keys[0], keys[0]]);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('a key that the caller gives is the one that is sent', async () => {
    const { sent, transport: subject } = transport([ok()]);
    await subject.send({ method: 'PATCH', path: '/customer', body: {}, idempotencyKey: 'mine' });
    expect(sent[0]?.headers['Idempotency-Key']).toBe('mine');
  });

  it('a key that is still in use is waited for', async () => {
    const { sent, transport: subject } = transport([problem(409, { code: 'idempotency_key_in_use' }), ok()]);
    await subject.send({ method: 'POST', path: '/checkout', body: {} });
    expect(sent).toHaveLength(2);
  });

  it.each([400, 402, 404, 409, 422])('a definite refusal (%i) is not', async (status) => {
    const { sent, transport: subject } = transport([problem(status)]);
    expect(await failure(subject.send({ method: 'GET', path: '/plans' }))).toHaveProperty('status', status);
    expect(sent).toHaveLength(1);
  });

  it('a write that met a bug of the server is not', async () => {
    const { sent, transport: subject } = transport([problem(500)]);
    await failure(subject.send({ method: 'POST', path: '/subscription', body: {} }));
    expect(sent).toHaveLength(1);
  });

  it('after the last repetition the failure is told', async () => {
    const { sent, transport: subject } = transport([new TypeError('broken')], { maxRetries: 3 });
    expect(await failure(subject.send({ method: 'GET', path: '/plans' }))).toMatchObject({
      code: 'network_error',
      status: 0,
    });
    expect(sent).toHaveLength(4);
  });

  it('a removal whose answer was lost went well when the object is gone', async () => {
    const { transport: subject } = transport([new TypeError('broken'), problem(404)]);
    await expect(subject.send({ method: 'DELETE', path: '/payment-methods/1' })).resolves.toBeInstanceOf(Response);
    const first = transport([problem(404)]);
    expect(await failure(first.transport.send({ method: 'DELETE', path: '/payment-methods/1' }))).toHaveProperty(
      'status',
      404,
    );
  });
});

describe('Retry-After', () => {
  it('is waited for', async () => {
    const { transport: subject } = transport([problem(429, {}, { 'Retry-After': '1' }), ok()]);
    const before = performance.now();
    await subject.send({ method: 'GET', path: '/plans' });
    expect(performance.now() - before).toBeGreaterThan(950);
  });

  it('is handed over when it is long', async () => {
    const { sent, transport: subject } = transport([problem(429, { code: 'rate_limited' }, { 'Retry-After': '60' })]);
    expect(await failure(subject.send({ method: 'GET', path: '/plans' }))).toMatchObject({ retryAfter: 60 });
    expect(sent).toHaveLength(1);
  });

  it('is a number of seconds or a date', () => {
    const now = Date.UTC(2026, 10, 24, 12);
    expect(retryAfterSeconds('7', now)).toBe(7);
    expect(retryAfterSeconds('Tue, 24 Nov 2026 12:01:00 GMT', now)).toBe(60);
    expect(retryAfterSeconds('Tue, 24 Nov 2026 11:00:00 GMT', now)).toBe(0);
    expect(retryAfterSeconds('soon', now)).toBeUndefined();
    expect(retryAfterSeconds(null, now)).toBeUndefined();
  });
});

describe('the token', () => {
  it('is asked for anew, once, when the server refuses it', async () => {
    const asked: boolean[] = [];
    const token = ({ refused }: { refused: boolean }) => {
      asked.push(refused);
      return refused ? 'fresh' : 'stale';
    };
    const { sent, transport: subject } = transport([problem(401), ok()], { token });
    await subject.send({ method: 'GET', path: '/subscription' });
    expect(asked).toEqual([false, true]);
    expect(sent.map(({ headers }) => headers.Authorization)).toEqual(['Bearer stale', 'Bearer fresh']);

    const refusing = transport([problem(401)], { token });
    expect(await failure(refusing.transport.send({ method: 'GET', path: '/subscription' }))).toHaveProperty(
      'status',
      401,
    );
    expect(refusing.sent).toHaveLength(2);
  });
});

describe('the end of patience', () => {
  it('an aborted call ends with the reason of its signal, while it waits too', async () => {
    const controller = new AbortController();
    const { sent, transport: subject } = transport([problem(503, {}, { 'Retry-After': '20' })]);
    const call = subject.send({ method: 'GET', path: '/plans', signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(call).rejects.toThrow('enough');
    await expect(subject.send({ method: 'GET', path: '/plans', signal: controller.signal })).rejects.toThrow('enough');
    expect(sent).toHaveLength(1);
  });

  it('an attempt that takes too long is a time-out', async () => {
    const fetch: BillingClientOptions['fetch'] = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      });
    const subject = new Transport({ token: 'secret', fetch, timeout: 20, maxRetries: 0 });
    expect(await failure(subject.send({ method: 'GET', path: '/plans' }))).toHaveProperty('code', 'timeout');
  });
});

describe('errors', () => {
  it('tell what the problem details tell', async () => {
    const body = {
      detail: 'trial_days must not be greater than 14',
      code: 'validation_failed',
      request_id: 'request-1',
      errors: [{ field: 'trial_days', message: 'trial_days must not be greater than 14' }],
    };
    const { transport: subject } = transport([problem(400, body)]);
    expect(await failure(subject.send({ method: 'POST', path: '/checkout', body: {} }))).toMatchObject({
      message: body.detail,
      code: 'validation_failed',
      status: 400,
      requestId: 'request-1',
      errors: body.errors,
    });
  });

  it('are told without problem details too, as a proxy answers', async () => {
    const page = new Response('<html>', { status: 413, headers: { 'X-Request-Id': 'request-2' } });
    const { transport: subject } = transport([page]);
    expect(await failure(subject.send({ method: 'GET', path: '/plans' }))).toMatchObject({
      code: 'http_413',
      requestId: 'request-2',
      errors: [],
    });
  });
});
