import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import locks from 'fs-native-extensions';

/**
 * Makes sure that one process uses a data directory: a lock of the operating system on a file in it, which is free at
 * once when the process dies, also by SIGKILL. Returns how to release it.
 *
 * @throws Error when another process holds it
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const descriptor = openSync(path.join(directory, 'lock'), 'a+', 0o600);
  if (locks.tryLock(descriptor)) return () => closeSync(descriptor);
  closeSync(descriptor);
  throw new Error(`${directory} is in use by another sandbox`);
}
