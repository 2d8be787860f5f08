import { linkSync, readFileSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { errorCode, processIsAlive, processStartTime } from './processes.js';

const RETRY_MILLISECONDS = 20;
const RELEASED = 'released';

/**
 * Runs `action` while no other process (and no other caller in this one) runs one under the same lock.
 *
 * The lock is a row of files `<name>.<n>` in `directory`. The file with the highest number names the holder, by process
 * id and start time; a holder that no longer exists has lost the lock at once. Whoever creates the next number holds it.
 * The highest file is never deleted, so that two waiters can never both take over from the same dead holder.
 *
 * @throws Error when the lock is still held after `timeoutSeconds`
 */
export async function withDirectoryLock<T>(
  directory: string,
  name: string,
  action: () => Promise<T>,
  timeoutSeconds = 60,
): Promise<T> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let number = tryToTake(directory, name);
  while (number === undefined) {
    if (performance.now() > deadline) {
      throw new Error(`${path.join(directory, name)} is still held by process ${holderOf(directory, name) ?? '?'}`);
    }
    await delay(RETRY_MILLISECONDS);
    number = tryToTake(directory, name);
  }
  try {
    return await action();
  } finally {
    replaceFile(lockFile(directory, name, number), RELEASED);
  }
}

function tryToTake(directory: string, name: string): number | undefined {
  const highest = highestNumber(directory, name);
  if (highest > 0 && !isFree(readLock(directory, name, highest))) return undefined;
  const number = highest + 1;
  const draft = path.join(directory, `${name}-${randomUUID()}.tmp`);
  writeFileSync(draft, `${process.pid} ${processStartTime(process.pid)}`, { mode: 0o600 });
  try {
    linkSync(draft, lockFile(directory, name, number));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    unlinkSync(draft);
  }
  if (highestNumber(directory, name) !== number) {
    unlinkIfPresent(lockFile(directory, name, number));
    return undefined;
  }
  for (const older of numbers(directory, name)) {
    if (older < number) unlinkIfPresent(lockFile(directory, name, older));
  }
  return number;
}

function isFree(content: string | undefined): boolean {
  if (content === undefined) return false;
  if (content === RELEASED) return true;
  const [pid = '', ...startTime] = content.split(' ');
  if (!processIsAlive(Number(pid))) return true;
  return startTime.join(' ') !== processStartTime(Number(pid));
}

function holderOf(directory: string, name: string): string | undefined {
  return readLock(directory, name, highestNumber(directory, name))?.split(' ')[0];
}

function readLock(directory: string, name: string, number: number): string | undefined {
  try {
    return readFileSync(lockFile(directory, name, number), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function highestNumber(directory: string, name: string): number {
  return Math.max(0, ...numbers(directory, name));
}

function numbers(directory: string, name: string): number[] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => Number(file.slice(name.length + 1)))
    .filter((number) => Number.isSafeInteger(number) && number > 0);
}

function lockFile(directory: string, name: string, number: number): string {
  return path.join(directory, `${name}.${number}`);
}

function replaceFile(file: string, content: string): void {
  const draft = `${file}-${randomUUID()}.tmp`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

function unlinkIfPresent(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
