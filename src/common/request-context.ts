import { AsyncLocalStorage } from 'node:async_hooks';
import { type EntityManager } from 'typeorm';

/** What is known about the request (or the unit of work) that the current code runs for. */
export interface RequestContext {
  /** `X-Request-Id` of the response, also in every log line. */
  readonly requestId: string;
  /** Who sends the request, by our id; set once that is known. */
  actor?: { kind: 'user' | 'service_key' | 'operator'; id: number | null };
  /**
   * Called by the operations when this request begins or resumes one, in the same transaction, so that its Idempotency-Key
   * remembers it.
   */
  onOperation?: (operationKey: string, manager: EntityManager) => Promise<void>;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function runInRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

export function currentRequestContext(): RequestContext | undefined {
  return storage.getStore();
}
