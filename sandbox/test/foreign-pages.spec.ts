import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSandbox, type Sandbox } from '../src/sandbox.js';

describe('R15: web pages', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox();
  });
  afterAll(() => sandbox.close());

  function post(path: string, headers: { origin?: string; host?: string }): Promise<number> {
    return new Promise((resolve, reject) => {
      const all = {
        authorization: 'Bearer sk_test_1',
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      };
      const request = http.request(`${sandbox.url}${path}`, { method: 'POST', headers: all }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.end();
    });
  }

  it.each(['/v1/customers', '/_sandbox/deliveries/flush'])('of another origin may not call %s', async (path) => {
    const own = new URL(sandbox.url).host;
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { host: 'evil.example' },
      { host: 'evil.example', origin: 'http://evil.example' },
      { host: '10.0.0.1' },
    ])
      expect([headers, await post(path, headers)]).toEqual([headers, 403]);
    const port = own.split(':')[1] ?? '';
    for (const headers of [
      {},
      { origin: `http://${own}` },
      { host: `localhost:${port}` },
      { host: `stripe-sandbox:${port}` },
      { host: `[::1]:${port}` },
    ])
      expect([headers, await post(path, headers)]).toEqual([headers, 200]);
  });
});
