import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeApp } from '../../src/http/server.js';
import { createTestApp, startApp, type TestApp } from '../support/test-app.js';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test.close());

interface Seen {
  status: number;
  connection: string | undefined;
  body: string;
}

function get(origin: string, path: string, agent: http.Agent, body?: Promise<string>): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const request = http.request(`${origin}${path}`, { method, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body: text }),
      );
    });
    request.on('error', reject);
    if (body === undefined) request.end();
    else {
      request.write('{');
      body.then((rest) => request.end(rest), reject);
    }
  });
}

describe('R9: a server that ends', () => {
  it('takes requests for a while, not ready, and closes each connection with its response; then it ends', async () => {
    const app = await startApp(test.config);
    const origin = await app.getUrl();
    const agent = new http.Agent({ keepAlive: true });
    expect((await get(origin, '/health/ready', agent)).connection).toBe('keep-alive');
    let finish = (_rest: string): void => undefined;
    const slow = get(origin, '/api/v1/billing/webhook', agent, new Promise((resolve) => (finish = resolve)));
    const begun = performance.now();
    const closed = closeApp(app, 1).then(() => (performance.now() - begun) / 1000);
    const ready = await get(origin, '/health/ready', agent);
    expect(ready).toMatchObject({ status: 503, connection: 'close' });
    expect(JSON.parse(ready.body)).toMatchObject({
      status: 'unavailable',
      parts: expect.arrayContaining([{ part: 'serving', works: false, required: true }]),
    });
    const fresh = new http.Agent();
    expect(await get(origin, '/health/live', fresh)).toMatchObject({ status: 200, connection: 'close' });
    finish('}');
    expect(await slow).toMatchObject({ status: 400, connection: 'close' });
    expect(await closed).toBeGreaterThanOrEqual(1);
    await expect(get(origin, '/health/live', fresh)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    agent.destroy();
  });
});
