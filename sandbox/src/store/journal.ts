import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type StoredObject } from './object-kind.js';

/** One written object: `object`, id and the new version, or null when it was removed. */
export type Change = [object: string, id: string, record: StoredObject | null];

/** The change that removes everything: after a reset, and before a loaded state. */
export const WIPE: Change = ['*', '*', null];

/** Where committed changes go. `append` resolves when they would survive the death of the process. */
export interface Journal {
  append(changes: readonly Change[]): Promise<void>;
  /** Resolves when everything appended so far is durable. */
  durable(): Promise<void>;
  /** How many changes wait to be written. */
  readonly backlog: number;
  close(): Promise<void>;
}

/** A journal that keeps nothing: the state lives as long as the process. */
export class MemoryJournal implements Journal {
  readonly backlog = 0;
  append(): Promise<void> {
    return Promise.resolve();
  }
  durable(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The journal is replaced by a snapshot when it is larger than this, and than twice the last snapshot. */
const COMPACT_AFTER_BYTES = 64 * 1024 * 1024;

/**
 * An append-only journal with snapshots. One line per write: a CRC-32 of the rest, a space, the changes as JSON.
 * Transactions that commit while a write is under way share the next one; of an object that several of them changed it
 * holds the last version. `journal-<n>.log` follows `snapshot-<n>.log`; a snapshot is complete when it has its final name.
 */
export class FileJournal implements Journal {
  /** What the next write holds, by kind and id. */
  private pending = new Map<string, Change>();
  private waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;
  private written = 0;
  private snapshotBytes = 0;
  private failure: Error | undefined;
  private compaction: Promise<void> | undefined;

  private constructor(
    private readonly directory: string,
    private generation: number,
    private file: FileHandle,
    private readonly dump: () => Iterable<Change>,
    private readonly compactAfterBytes: number,
  ) {}

  /**
   * Reads what the directory holds, handing each change to `apply`, then opens the journal for appending.
   * @param dump returns the whole state as changes, for a snapshot
   */
  static async open(
    directory: string,
    apply: (change: Change) => void,
    dump: () => Iterable<Change>,
    compactAfterBytes = COMPACT_AFTER_BYTES,
  ): Promise<FileJournal> {
    mkdirSync(directory, { recursive: true });
    const generation = recover(directory, apply);
    const file = await open(path.join(directory, `journal-${generation}.log`), 'a');
    const journal = new FileJournal(directory, generation, file, dump, compactAfterBytes);
    journal.written = (await file.stat()).size;
    return journal;
  }

  get backlog(): number {
    return this.pending.size;
  }

  append(changes: readonly Change[]): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    for (const change of changes) {
      if (change === WIPE) this.pending.clear();
      this.pending.set(`${change[0]}/${change[1]}`, change);
    }
    return this.durable();
  }

  durable(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.pending.size === 0 && this.writing === undefined) return Promise.resolve();
    const promise = new Promise<void>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.writing ??= this.write();
    return promise;
  }

  async close(): Promise<void> {
    await this.durable();
    await this.compaction;
    await this.file.close();
  }

  private async write(): Promise<void> {
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const { pending, waiting } = this;
      this.pending = new Map();
      this.waiting = [];
      try {
        if (pending.size > 0) await this.writeLine([...pending.values()]);
      } catch (error) {
        this.failure = new Error('the journal cannot be written', { cause: error });
        for (const { reject } of [...waiting, ...this.waiting]) reject(this.failure);
        this.waiting = [];
        break;
      }
      for (const { resolve } of waiting) resolve();
      const due = this.written > Math.max(this.compactAfterBytes, 2 * this.snapshotBytes);
      if (due && this.compaction === undefined) await this.startCompaction();
    }
    this.writing = undefined;
  }

  private async writeLine(changes: readonly Change[]): Promise<void> {
    const bytes = line(changes);
    await this.file.appendFile(bytes);
    await this.file.datasync();
    this.written += bytes.length;
  }

  /** Switches to a new journal file and writes a snapshot of the state at that moment beside it. */
  private async startCompaction(): Promise<void> {
    // What commits during the next await goes to the new file as well as into the snapshot: applying it twice is harmless.
    const next = this.generation + 1;
    const previous = this.file;
    this.file = await open(path.join(this.directory, `journal-${next}.log`), 'a');
    await previous.close();
    this.generation = next;
    this.written = 0;
    this.compaction = this.writeSnapshot(next, [...this.dump()])
      .catch((error: unknown) => {
        this.failure = new Error('the snapshot cannot be written', { cause: error });
      })
      .finally(() => (this.compaction = undefined));
  }

  private async writeSnapshot(generation: number, changes: readonly Change[]): Promise<void> {
    const target = path.join(this.directory, `snapshot-${generation}.log`);
    const file = await open(`${target}.new`, 'w');
    let bytes = 0;
    for (let start = 0; start < changes.length; start += 200) {
      const part = line(changes.slice(start, start + 200));
      await file.appendFile(part);
      bytes += part.length;
    }
    this.snapshotBytes = bytes;
    await file.sync();
    await file.close();
    await rename(`${target}.new`, target);
    for (const { name, number } of filesOf(this.directory)) {
      if (number < generation) await rm(path.join(this.directory, name), { force: true });
    }
  }
}

function line(changes: readonly Change[]): Buffer {
  const bytes = Buffer.from(`00000000 ${JSON.stringify(changes)}\n`);
  bytes.write(crc32(bytes.subarray(9, -1)).toString(16).padStart(8, '0'), 'latin1');
  return bytes;
}

function filesOf(directory: string): { name: string; kind: string; number: number }[] {
  return readdirSync(directory).flatMap((name) => {
    const match = /^(journal|snapshot)-(\d+)\.log$/.exec(name);
    return match ? [{ name, kind: match[1] ?? '', number: Number(match[2]) }] : [];
  });
}

/** Loads the newest snapshot and the journals from it on; returns the number of the journal to continue. */
function recover(directory: string, apply: (change: Change) => void): number {
  const files = filesOf(directory);
  const snapshot = Math.max(0, ...files.filter((file) => file.kind === 'snapshot').map((file) => file.number));
  if (snapshot > 0) readLines(path.join(directory, `snapshot-${snapshot}.log`), false, apply);
  const journals = files
    .filter((file) => file.kind === 'journal' && file.number >= snapshot)
    .map((file) => file.number)
    .sort((left, right) => left - right);
  for (const number of journals) {
    readLines(path.join(directory, `journal-${number}.log`), number === journals.at(-1), apply);
  }
  for (const { name, number } of files) {
    if (number < snapshot) rmSync(path.join(directory, name), { force: true });
  }
  return journals.at(-1) ?? Math.max(1, snapshot);
}

/** Applies a file line by line. An incomplete last line, left by a crash, is cut off where that is allowed. */
function readLines(file: string, mayBeTorn: boolean, apply: (change: Change) => void): void {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    const text = end === -1 ? undefined : bytes.toString('utf8', start, end);
    const changes = text === undefined ? undefined : parseLine(text);
    if (changes === undefined) {
      if (!mayBeTorn || (end !== -1 && bytes.indexOf(0x0a, end + 1) !== -1)) {
        throw new Error(`${file} is damaged at byte ${start}; restore it, or remove it to start anew`);
      }
      truncateSync(file, start);
      return;
    }
    changes.forEach(apply);
    start = end + 1;
  }
}

function parseLine(text: string): Change[] | undefined {
  const json = text.slice(9);
  if (text.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  return JSON.parse(json) as Change[];
}
