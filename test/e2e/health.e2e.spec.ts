import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeApp } from '../../src/http/server.js';
import { eventually } from '../support/child-programs.js';
import { configWith, createTestApp, startApp, type TestApp } from '../support/test-app.js';

interface State {
  status: string;
  detail: string;
  parts: { part: string; works: boolean; required: boolean }[];
}

describe('health', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp();
  });
  afterAll(() => test.close());

  async function ready(origin: string): Promise<{ status: number; state: State; broken: string[] }> {
    const response = await fetch(`${origin}/health/ready`);
    const state = (await response.json()) as State;
    return {
      status: response.status,
      state,
      broken: state.parts.filter(({ works }) => !works).map(({ part }) => part),
    };
  }
  const originOf = (url: string) => new URL(url).origin;

  it('a running process is alive, and no cache keeps the answer', async () => {
    const response = await test.root.get('/health/live').expect(200);
    expect(response.body).toEqual({ status: 'ok' });
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('a process whose parts all work is ready, and names them', async () => {
    const { status, state } = await ready(originOf(test.url));
    expect(status).toBe(200);
    expect(state).toEqual({
      status: 'ready',
      detail: 'Everything works',
      parts: [
        { part: 'database', works: true, required: true },
        { part: 'stripe', works: true, required: false },
        { part: 'prices', works: true, required: false },
        { part: 'clock', works: true, required: true },
        { part: 'webhook_worker', works: true, required: true },
      ],
    });
  });

  it('a process that starts while Stripe is away is degraded, and serves reads', async () => {
    const app = await startApp(configWith(test, { STRIPE_API_BASE: 'http://127.0.0.1:1' }));
    const origin = await app.getUrl();
    const { status, state, broken } = await ready(origin);
    expect(status).toBe(200);
    expect(state).toMatchObject({ status: 'degraded', detail: expect.stringContaining('Stripe is away') });
    expect(broken).toEqual(['stripe', 'prices']);
    const read = await fetch(`${origin}/api/v1/billing/subscription`, {
      headers: { Authorization: await test.bearer('reader') },
    });
    expect(read.status).toBe(200);
    await closeApp(app);
  });

  it('Stripe going away degrades a running process, and its return makes it ready again', async () => {
    await test.control('faults', { kind: 'break_before', times: 1_000_000 });
    await eventually(async () => (await ready(originOf(test.url))).state.status === 'degraded');
    expect((await ready(originOf(test.url))).broken).toEqual(['stripe']);
    await test.control('faults/clear', {});
    await eventually(async () => (await ready(originOf(test.url))).state.status === 'ready');
  });

  it('a process without its database answers 503, and is alive', async () => {
    const other = await createTestApp();
    const origin = originOf(other.url);
    await other.database.drop();
    await eventually(async () => (await ready(origin)).broken.includes('webhook_worker'));
    const { status, state, broken } = await ready(origin);
    expect(status).toBe(503);
    expect(state.status).toBe('unavailable');
    expect(broken).toEqual(['database', 'webhook_worker']);
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    await other.close();
  });
});
