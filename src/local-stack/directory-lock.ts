import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MILLISECONDS = 20;

/**
 * Runs `action` while no other process (and no other caller in this one) runs one under the same lock: a lock of the
 * operating system on the file `name` in `directory`, which is free at once when its holder dies. The file names the
 * process that holds it.
 *
 * @throws Error when the lock is still held after `timeoutSeconds`
 */
export async function withDirectoryLock<T>(
  directory: string,
  name: string,
  action: () => Promise<T>,
  timeoutSeconds = 60,
): Promise<T> {
  // Only what is embedded needs the package.
  const { default: locks } = await import('fs-native-extensions');
  const deadline = performance.now() + timeoutSeconds * 1000;
  const file = path.join(directory, name);
  const descriptor = openSync(file, 'a+', 0o600);
  try {
    while (!locks.tryLock(descriptor)) {
      if (performance.now() > deadline)
        throw new Error(`${file} is still held by process ${readFileSync(file, 'utf8')}`);
      await delay(RETRY_MILLISECONDS);
    }
    ftruncateSync(descriptor);
    writeSync(descriptor, String(process.pid));
    return await action();
  } finally {
    closeSync(descriptor);
  }
}
