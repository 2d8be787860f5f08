import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDirectoryLock } from './directory-lock.js';
import { startProgram } from '../../test/support/child-programs.js';

const HOLDER = path.resolve(import.meta.dirname, '../../test/support/hold-directory-lock.js');

describe('withDirectoryLock', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lock-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const take = (seconds: number) => withDirectoryLock(directory, 'lock', () => Promise.resolve('taken'), seconds);
  /** A process that holds the lock until it is killed. */
  const startHolder = () => startProgram(process.execPath, [HOLDER, directory]);

  it('lets one action run at a time', async () => {
    let inside = 0;
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withDirectoryLock(directory, 'lock', async () => {
          seen.push(++inside);
          await new Promise(setImmediate);
          inside--;
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 20 }, () => 1));
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('is free again after an action that failed', async () => {
    await expect(withDirectoryLock(directory, 'lock', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(take(0)).resolves.toBe('taken');
  });

  it('takes over from a dead holder at once', async () => {
    const holder = await startHolder();
    await expect(take(0)).rejects.toThrow(`still held by process ${holder.process.pid}`);
    await holder.kill();
    await expect(take(0)).resolves.toBe('taken');
  });

  it('takes over when another program got the process id of the dead holder', async () => {
    const holder = await startHolder();
    await holder.kill();
    writeFileSync(path.join(directory, 'lock'), String(process.pid));
    await expect(take(0)).resolves.toBe('taken');
  });

  it('gives up after its time and names the process that holds it', async () => {
    await withDirectoryLock(directory, 'lock', async () => {
      await expect(take(0.1)).rejects.toThrow(`still held by process ${process.pid}`);
    });
  });
});
