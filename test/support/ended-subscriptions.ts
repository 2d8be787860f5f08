import { withoutEvents } from './lost-events.js';
import { type TestApp } from './test-app.js';

/**
 * Ends what the tests before have bought, which the service need not know: a month of the clock would renew it all, and a
 * file of tests cost as much as the square of their number.
 */
export function endSubscriptions(app: TestApp): Promise<void> {
  return withoutEvents(app, async () => {
    for await (const { id } of app.stripe.subscriptions.list({ limit: 100 })) await app.stripe.subscriptions.cancel(id);
  });
}
