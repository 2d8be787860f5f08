import { currentRequestContext } from '../../src/common/request-context.js';
import { StripeClient } from '../../src/stripe/stripe-client.js';
import { type TestApp } from './test-app.js';

/** What one request costs: calls to Stripe, and SQL statements with those that begin and end transactions. */
export interface RequestCost {
  stripe: number;
  sql: number;
}

/** Counts what the requests of an application cost; nothing else of it may run meanwhile that asks Stripe. */
export class RequestCosts {
  private readonly statements = new Map<string, number>();
  private stripeCalls = 0;

  constructor(app: TestApp) {
    const { dataSource } = app;
    const logQuery = () => {
      const id = currentRequestContext()?.requestId;
      if (id !== undefined) this.statements.set(id, (this.statements.get(id) ?? 0) + 1);
    };
    Object.assign(dataSource, { logger: Object.assign(Object.create(dataSource.logger) as object, { logQuery }) });
    app.app.get(StripeClient).onCall(() => {
      this.stripeCalls += 1;
    });
  }

  /** Awaits a request and says what it cost. */
  async of(request: PromiseLike<{ headers: Record<string, string> }>): Promise<RequestCost> {
    const before = this.stripeCalls;
    const { headers } = await request;
    return { stripe: this.stripeCalls - before, sql: this.statements.get(headers['x-request-id'] ?? '') ?? 0 };
  }
}
