import { eventually } from './eventually.js';
import { type TestApp } from './test-app.js';

/** An operation as the database has it. */
export interface OperationRow {
  key: string;
  kind: string;
  state: string;
  reason: string | null;
  attempts: number;
  result_stripe_id: string | null;
  subject_stripe_id: string | null;
  steps: Record<string, Record<string, unknown>>;
}

/** The operations of a user (`sub`), oldest first. */
export function operationsOf(app: TestApp, sub: string, kind: string): Promise<OperationRow[]> {
  return app.dataSource.query<OperationRow[]>(
    `select i.* from stripe_operations i join customers c on c.id = i.customer_id join users u on u.id = c.user_id
     where u.external_id = $1 and i.kind = $2 order by i.created_at`,
    [sub, kind],
  );
}

/** Waits until no operation of a user is open; answers those of an operation. */
export async function settledOperations(app: TestApp, sub: string, kind: string): Promise<OperationRow[]> {
  await eventually(async () => {
    const open = await openIntentsOf(app, sub);
    if (open.length > 0) throw new Error(`open operations: ${JSON.stringify(open)}`);
  });
  return operationsOf(app, sub, kind);
}

/**
 * Waits until nothing is under way for a user: neither events nor open operations. A row that a test changes by hand before
 * that may be written once more.
 */
export async function settleUser(app: TestApp, sub: string): Promise<void> {
  await app.settle();
  while ((await openIntentsOf(app, sub)).length > 0) {
    await settledOperations(app, sub, 'none');
    await app.settle();
  }
}

function openIntentsOf(app: TestApp, sub: string): Promise<object[]> {
  return app.dataSource.query<object[]>(
    `select i.kind, i.attempts from stripe_operations i join customers c on c.id = i.customer_id
     join users u on u.id = c.user_id where u.external_id = $1 and i.state = 'open'`,
    [sub],
  );
}
