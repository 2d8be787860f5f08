import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import net from 'node:net';
import { RESOURCES, type Sandbox, createSandbox } from '../src/sandbox.js';
import { RawApi } from './support/raw-api.js';

/** Percent-encoded, without the halves of surrogate pairs that no encoding has. */
function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, ''));
}

describe('bad input never brings the sandbox down', () => {
  let sandbox: Sandbox;
  const failures: string[] = [];
  let api: RawApi;
  beforeAll(async () => {
    sandbox = await createSandbox({ log: (message, error) => failures.push(`${message} ${String(error)}`) });
    api = new RawApi(sandbox.port);
  });
  afterAll(async () => {
    api.close();
    await sandbox.close();
    expect(failures).toEqual([]);
  });

  const ask: RawApi['ask'] = (...request) => api.ask(...request);
  const post: RawApi['post'] = (...request) => api.post(...request);
  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v2/core/events'],
    ['PUT', '/v1/customers'],
    ['PATCH', '/v1/customers/cus_1'],
    ['DELETE', '/v1/customers'],
    ['GET', '/v1/customers/%E0%A4%A'],
    ['GET', '/v1/customers/%00'],
    ['GET', '/v1/customers/..%2f..%2fetc'],
    ['GET', `/v1/customers/${'x'.repeat(10_000)}`],
    ['GET', '/v1/customers/__proto__'],
    ['GET', '/v1/customers/constructor'],
  ])('%s %s is 404 in the format of an error', async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 404, error: { type: 'invalid_request_error' } });
  });

  it.each([
    ['name[a]=1', 400],
    [`a${'[b]'.repeat(5_000)}=1`, 400],
    [Array.from({ length: 3_000 }, (_, number) => `metadata[${number}]=x`).join('&'), 400],
    ['%', 400],
    ['%E0%A4%A=1', 400],
    ['name=%E0%A4%A', 400],
    ['name=%00', 400],
    ['=', 200],
    ['&&&', 200],
    ['name', 200],
    ['metadata[__proto__]=1', 200],
    ['metadata[constructor]=1&metadata[toString]=2', 200],
    ['__proto__[polluted]=1', 200],
    ['constructor[prototype][polluted]=1', 400],
    ['expand[]=__proto__&expand[]=constructor', 400],
    ['expand[a][b]=1', 400],
  ])('POST /v1/customers with %.60s', async (body, status) => {
    expect((await post('/v1/customers', body)).status).toBe(status);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('a body that is too large, of another kind, or no text at all', async () => {
    const large = await ask('POST', '/v1/customers', 'x'.repeat(1024 * 1024 + 1)).catch((error: unknown) => error);
    expect(large).toMatchObject({ status: 413, error: { type: 'invalid_request_error' } });
    expect((await post('/v1/customers', '{}', { 'content-type': 'application/json' })).status).toBe(400);
    expect((await ask('POST', '/v1/customers', Buffer.from([0xff, 0xfe, 0x00, 0x3d, 0xc3]))).status).toBe(400);
    expect((await post('/v1/customers', '', { 'content-type': 'text/plain' })).status).toBe(200);
  });

  const raw = (text: string, ended: boolean): Promise<string> =>
    new Promise((resolve) => {
      let received = '';
      const socket = net.connect(sandbox.port, '127.0.0.1', () => {
        if (ended) socket.end(text);
        else socket.write(text);
      });
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('error', () => resolve(received));
      socket.on('close', () => resolve(received));
      if (!ended) setTimeout(() => socket.destroy(), 50);
    });

  it('what is no HTTP, headers without an end, and requests that break off', async () => {
    expect(await raw('nonsense\r\n\r\n', true)).toMatch(/^HTTP\/1\.1 400 [^]*"invalid_request_error"/);
    expect(await raw(`GET / HTTP/1.1\r\nx: ${'y'.repeat(50_000)}\r\n\r\n`, true)).toMatch(/^HTTP\/1\.1 4\d\d /);
    const head = 'POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_test_1\r\n';
    const unfinished = [
      head,
      `${head}content-length: 100\r\n\r\nname=Half`,
      `${head}transfer-encoding: chunked\r\n\r\n5\r\nna`,
    ];
    await Promise.all(unfinished.flatMap((text) => [raw(text, false), raw(text, true)]));
    const { body } = await ask('GET', '/v1/customers?limit=100');
    expect((body.data as { name: string }[]).map(({ name }) => name)).not.toContain('Half');
  });

  it('a slow client holds up nobody', async () => {
    const socket = net.connect(sandbox.port, '127.0.0.1');
    socket.write(
      'POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_test_1\r\ncontent-length: 9\r\n\r\n',
    );
    expect((await ask('GET', '/v1/customers?limit=1')).status).toBe(200);
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
    for (const character of 'name=Slow') {
      socket.write(character);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('random parameters at every route are answered or refused, never an error of the sandbox', async () => {
    const routes = RESOURCES.flatMap((resource) => resource.routes);
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('', '0', '-1', '1e9', '99999999999999999999', 'null', 'true', 'now', '__proto__', 'cus_x', 'usd'),
    );
    const suffix = fc.constantFrom('', '', '', '[]', '[0]', '[a]', '[__proto__]', '[0][price]', '[99999]', '[', ']');
    const request = fc.constantFrom(...routes).chain((route) => {
      const names = [...Object.keys(route.parameters), 'expand', 'limit', 'constructor'];
      const field = fc.tuple(fc.constantFrom(...names), suffix, text);
      return fc.record({ route: fc.constant(route), id: text, fields: fc.array(field, { maxLength: 8 }) });
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ route, id, fields }) => {
        const path = route.path.replaceAll(/:[^/]+/g, encoded(id) || 'x');
        const sent = fields.map(([name, end, value]) => `${name}${end}=${encoded(value)}`);
        const answer =
          route.method === 'POST'
            ? await post(path, sent.join('&'))
            : await ask(route.method, `${path}?${encodeURI(sent.join('&')).replaceAll('%25', '%')}`);
        expect([200, 400, 402, 404]).toContain(answer.status);
        if (answer.status !== 200) {
          expect(answer.error).toMatchObject({ type: expect.any(String), message: expect.any(String) });
        }
      }),
      { numRuns: 600, seed: 20_261_124 },
    );
    expect(failures).toEqual([]);
    expect((await ask('GET', '/v1/customers?limit=1')).status).toBe(200);
  }, 60_000);
});
