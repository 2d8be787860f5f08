import { eventually } from './eventually.js';
import { type TestApp } from './test-app.js';

/** An intent as the database has it. */
export interface IntentRow {
  key: string;
  operation: string;
  state: string;
  reason: string | null;
  attempts: number;
  result_stripe_id: string | null;
  subject_stripe_id: string | null;
  steps: Record<string, Record<string, unknown>>;
}

/** The intents of a user (`sub`), oldest first. */
export function intentsOf(app: TestApp, sub: string, operation: string): Promise<IntentRow[]> {
  return app.dataSource.query<IntentRow[]>(
    `select i.* from stripe_intents i join customers c on c.id = i.customer_id join users u on u.id = c.user_id
     where u.external_id = $1 and i.operation = $2 order by i.created_at`,
    [sub, operation],
  );
}

/** Waits until no intent of a user is open; answers those of an operation. */
export async function settledIntents(app: TestApp, sub: string, operation: string): Promise<IntentRow[]> {
  await eventually(async () => {
    const open = await openIntentsOf(app, sub);
    if (open.length > 0) throw new Error(`open intents: ${JSON.stringify(open)}`);
  });
  return intentsOf(app, sub, operation);
}

/**
 * Waits until nothing is under way for a user: neither events nor open intents. A row that a test changes by hand before
 * that may be written once more.
 */
export async function settleUser(app: TestApp, sub: string): Promise<void> {
  await app.settle();
  while ((await openIntentsOf(app, sub)).length > 0) {
    await settledIntents(app, sub, 'none');
    await app.settle();
  }
}

function openIntentsOf(app: TestApp, sub: string): Promise<object[]> {
  return app.dataSource.query<object[]>(
    `select i.operation, i.attempts from stripe_intents i join customers c on c.id = i.customer_id
     join users u on u.id = c.user_id where u.external_id = $1 and i.state = 'open'`,
    [sub],
  );
}
