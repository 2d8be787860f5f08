import { type AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import request from 'supertest';
import { BASE_PATH } from '../../src/http/app.js';
import { closeApp } from '../../src/http/server.js';
import { STRIPE_API_VERSION } from '../../src/stripe/api-version.js';
import { SUBSCRIBED_EVENT_TYPES } from '../../src/webhooks/event-routes.js';
import { configWith, settle, startApp, type TestApp, type TestedService } from './test-app.js';
import { createTestDatabase } from './test-database.js';

/** Another installation of the service on the same Stripe account: with a database and a webhook endpoint of its own. */
export interface SecondInstallation extends TestedService {
  /** Address of the API. */
  url: string;
  close(): Promise<void>;
}

export async function startSecondInstallation(first: TestApp): Promise<SecondInstallation> {
  const database = await createTestDatabase();
  const source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  // All databases of the tests are copies of one.
  await source.query('update installation set instance_id = gen_random_uuid()');
  await source.destroy();
  const { id, secret = '' } = await first.stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:1/${BASE_PATH}/webhook`,
    enabled_events: SUBSCRIBED_EVENT_TYPES,
    api_version: STRIPE_API_VERSION,
  });
  const config = configWith(first, { DATABASE_URL: database.url, STRIPE_WEBHOOK_SECRET: secret });
  const app = await startApp(config);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/${BASE_PATH}`;
  await first.stripe.webhookEndpoints.update(id, { url: `${url}/webhook` });
  const control: TestApp['control'] = (route, body) => first.control(route, body);
  const dataSource = app.get(DataSource);
  return {
    ...first,
    url,
    http: request.agent(url),
    config,
    dataSource,
    control,
    settle: () => settle(control, dataSource),
    close: async () => {
      await closeApp(app);
      await database.drop();
    },
  };
}
