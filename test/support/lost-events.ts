import { type TestApp } from './test-app.js';

/** Runs a piece of work whose events never reach the application, as if it had been unreachable for days. */
export async function withoutEvents<Result>(app: TestApp, work: () => Promise<Result>): Promise<Result> {
  await app.settle();
  const [endpoint] = (await app.stripe.webhookEndpoints.list()).data;
  if (endpoint === undefined) throw new Error('the sandbox has no webhook endpoint');
  await app.stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
  try {
    return await work();
  } finally {
    await app.stripe.webhookEndpoints.update(endpoint.id, { disabled: false });
  }
}
