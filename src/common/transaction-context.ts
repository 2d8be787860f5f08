import { AsyncLocalStorage } from 'node:async_hooks';

const openTransaction = new AsyncLocalStorage<boolean>();

/** Runs `work` as the inside of a database transaction. */
export function runInsideTransaction<T>(work: () => T): T {
  return openTransaction.run(true, work);
}

/** True while the calling code runs inside a database transaction; no Stripe call may start there. */
export function isInsideTransaction(): boolean {
  return openTransaction.getStore() === true;
}
