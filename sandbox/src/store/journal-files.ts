import { existsSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type StoredObject } from './object-kind.js';

/** One written object: `object`, id and the new version, or null when it was removed. */
export type Change = [object: string, id: string, record: StoredObject | null];

export type Log = (message: string, error?: unknown) => void;

/** Changes as they stand in a file: a CRC-32 of the rest, a space, the changes as JSON, the end of the line. */
export function line(changes: readonly Change[]): Buffer {
  const bytes = Buffer.from(`00000000 ${JSON.stringify(changes)}\n`);
  bytes.write(crc32(bytes.subarray(9, -1)).toString(16).padStart(8, '0'), 'latin1');
  return bytes;
}

export function journalFile(directory: string, generation: number): string {
  return path.join(directory, `journal-${generation}.log`);
}

export function snapshotFile(directory: string, generation: number): string {
  return path.join(directory, `snapshot-${generation}.log`);
}

function filesOf(directory: string): { name: string; kind: string; number: number }[] {
  return readdirSync(directory).flatMap((name) => {
    const match = /^(journal|snapshot)-(\d+)\.log$/.exec(name);
    return match ? [{ name, kind: match[1] ?? '', number: Number(match[2]) }] : [];
  });
}

/** Removes what a snapshot has made superfluous. */
export function removeBefore(directory: string, generation: number): void {
  for (const { name, number } of filesOf(directory))
    if (number < generation) rmSync(path.join(directory, name), { force: true });
}

/** Removes snapshots that a process was killed in the middle of. */
export function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory))
    if (name.endsWith('.log.new')) rmSync(path.join(directory, name), { force: true });
}

/**
 * Loads the newest snapshot and the journals from it on; returns the number of the journal to continue. An incomplete
 * last line, left by a crash, is cut off, and told of.
 *
 * @param length how much of the last journal counts; default: all
 */
export function recover(directory: string, apply: (change: Change) => void, log: Log, length = Infinity): number {
  const files = filesOf(directory);
  const snapshot = Math.max(0, ...files.filter((file) => file.kind === 'snapshot').map((file) => file.number));
  if (snapshot > 0) readLines(snapshotFile(directory, snapshot), apply);
  const journals = files
    .filter((file) => file.kind === 'journal' && file.number >= snapshot)
    .map((file) => file.number)
    .sort((left, right) => left - right);
  for (const number of journals) {
    const file = journalFile(directory, number);
    if (number === journals.at(-1)) readLines(file, apply, (start) => cutOff(file, start, log), length);
    else readLines(file, apply);
  }
  removeBefore(directory, snapshot);
  return journals.at(-1) ?? Math.max(1, snapshot);
}

/** @param onTorn what is done with an incomplete last line, where there may be one */
function readLines(
  file: string,
  apply: (change: Change) => void,
  onTorn?: (start: number) => void,
  length = Infinity,
): void {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file).subarray(0, length);
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    const text = end === -1 ? undefined : bytes.toString('utf8', start, end);
    const changes = text === undefined ? undefined : parseLine(text);
    if (changes === undefined) {
      if (onTorn === undefined || (end !== -1 && bytes.indexOf(0x0a, end + 1) !== -1)) {
        throw new Error(`${file} is damaged at byte ${start}; restore it, or remove it to start anew`);
      }
      return onTorn(start);
    }
    changes.forEach(apply);
    start = end + 1;
  }
}

function cutOff(file: string, start: number, log: Log): void {
  const torn = readFileSync(file).length - start;
  truncateSync(file, start);
  log(`${file}: its last ${torn} bytes were not written to the end, by a crash or for want of room, and are left out`);
}

function parseLine(text: string): Change[] | undefined {
  const json = text.slice(9);
  if (text.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  return JSON.parse(json) as Change[];
}
