import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDirectoryLock } from './directory-lock.js';
import { processStartTime } from './processes.js';

describe('withDirectoryLock', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lock-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const holderIs = (content: string) => writeFileSync(path.join(directory, 'lock.7'), content);
  const take = (seconds: number) => withDirectoryLock(directory, 'lock', () => Promise.resolve('taken'), seconds);

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
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    holderIs(`${dead} 12345`);
    await expect(take(0)).resolves.toBe('taken');
  });

  it('takes over when another program got the process id of the dead holder', async () => {
    holderIs(`${process.pid} 1`);
    await expect(take(0)).resolves.toBe('taken');
  });

  it('gives up after its time and names the process that holds it', async () => {
    holderIs(`${process.pid} ${processStartTime(process.pid)}`);
    await expect(take(0.1)).rejects.toThrow(`still held by process ${process.pid}`);
  });
});
