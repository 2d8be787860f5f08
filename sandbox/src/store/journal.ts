import { mkdirSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { StorageUnavailable } from '../errors/storage-unavailable.js';
import {
  type Change,
  journalFile,
  line,
  type Log,
  recover,
  removeBefore,
  removeUnfinished,
  snapshotFile,
} from './journal-files.js';

export type { Change };

/** The change that removes everything: after a reset, and before a loaded state. */
export const WIPE: Change = ['*', '*', null];

/** Where committed changes go. `append` resolves when they would survive the death of the process. */
export interface Journal {
  /** Why nothing can be stored at the moment: what would be changed must not even be committed. */
  readonly refusal: StorageUnavailable | undefined;
  append(changes: readonly Change[]): Promise<void>;
  /** Resolves when everything appended so far is durable. */
  durable(): Promise<void>;
  /** How many changes wait to be written. */
  readonly backlog: number;
  close(): Promise<void>;
}

/** A journal that keeps nothing: the state lives as long as the process. */
export class MemoryJournal implements Journal {
  readonly refusal = undefined;
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

/** What a journal does with the state, and tells. */
export interface JournalUser {
  /** Takes a change that is stored. */
  apply(change: Change): void;
  /** The whole state as changes, for a snapshot. */
  dump(): Iterable<Change>;
  log: Log;
  /** The state was put back to what is stored: what came after could not be. */
  rolledBack(): void;
  /** The journal can be written again. */
  writable(): void;
}

/** The journal is replaced by a snapshot when it is larger than this, and than twice the last snapshot. */
const COMPACT_AFTER_BYTES = 64 * 1024 * 1024;
/** How often is looked whether a journal that could not be written can be by now. */
const LOOK_AGAIN_MS = 500;
/** Room that must be there, beside what could not be written: else it would be full again at once. */
const ROOM_BYTES = 64 * 1024;

/**
 * An append-only journal with snapshots, one line per write (see `line`). Transactions that commit while a write is under
 * way share the next one; of an object that several of them changed it holds the last version. `journal-<n>.log` follows
 * `snapshot-<n>.log`; a snapshot is complete when it has its final name.
 *
 * What commits is seen before it is durable. So a write that fails, since the disk is full, takes back all that is not:
 * the state is read from the files anew, and nothing is stored until there is room.
 */
export class FileJournal implements Journal {
  refusal: StorageUnavailable | undefined;
  /** What the next write holds, by kind and id. */
  private pending = new Map<string, Change>();
  private waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;
  /** Length of the journal's file, as far as it is durable. */
  private written = 0;
  private compactAt: number;
  private compaction: Promise<void> | undefined;
  /** True while the state holds what could neither be stored nor taken back: nobody may be told of it. */
  private astray = false;
  private readonly closing = new AbortController();

  private constructor(
    private readonly directory: string,
    private generation: number,
    private file: FileHandle,
    private readonly user: JournalUser,
    private readonly compactAfterBytes: number,
  ) {
    this.compactAt = compactAfterBytes;
  }

  /** Reads what the directory holds, handing each change to `user.apply`, then opens the journal for appending. */
  static async open(
    directory: string,
    user: JournalUser,
    compactAfterBytes = COMPACT_AFTER_BYTES,
  ): Promise<FileJournal> {
    mkdirSync(directory, { recursive: true });
    removeUnfinished(directory);
    const generation = recover(directory, (change) => user.apply(change), user.log);
    const file = await open(journalFile(directory, generation), 'a');
    const journal = new FileJournal(directory, generation, file, user, compactAfterBytes);
    journal.written = (await file.stat()).size;
    return journal;
  }

  get backlog(): number {
    return this.pending.size;
  }

  append(changes: readonly Change[]): Promise<void> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    for (const change of changes) {
      if (change === WIPE) this.pending.clear();
      this.pending.set(`${change[0]}/${change[1]}`, change);
    }
    return this.durable();
  }

  durable(): Promise<void> {
    if (this.astray) return Promise.reject(this.refusal ?? new Error('the state could not be read anew'));
    if (this.pending.size === 0 && this.writing === undefined) return Promise.resolve();
    const promise = new Promise<void>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.writing ??= this.write();
    return promise;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.durable().catch(() => undefined);
    await this.compaction;
    await this.file.close();
  }

  private async write(): Promise<void> {
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const { pending, waiting } = this;
      this.pending = new Map();
      this.waiting = [];
      const bytes = pending.size > 0 ? line([...pending.values()]) : undefined;
      try {
        if (bytes !== undefined) await this.writeLine(bytes);
      } catch (error) {
        this.fail(error, waiting, bytes?.length ?? 0);
        break;
      }
      for (const { resolve } of waiting) resolve();
      if (this.written > this.compactAt && this.compaction === undefined) await this.startCompaction();
    }
    this.writing = undefined;
  }

  private async writeLine(bytes: Buffer): Promise<void> {
    await this.file.appendFile(bytes);
    await this.file.datasync();
    this.written += bytes.length;
  }

  /** Takes back all that is not durable, and refuses more until there is room. */
  private fail(cause: unknown, waiting: typeof this.waiting, bytes: number): void {
    const refusal = new StorageUnavailable(cause);
    this.refusal = refusal;
    this.user.log('nothing can be stored: writes are refused until the journal can be written again', cause);
    const all = [...waiting, ...this.waiting];
    this.waiting = [];
    this.pending = new Map();
    this.rollBack();
    for (const { reject } of all) reject(refusal);
    this.untilWritable(ROOM_BYTES + bytes).catch((error: unknown) => this.user.log('the journal is lost', error));
  }

  private rollBack(): void {
    this.astray = true;
    try {
      this.user.apply(WIPE);
      recover(this.directory, (change) => this.user.apply(change), this.user.log, this.written);
      this.astray = false;
    } catch (error) {
      this.user.log('the state cannot be read anew', error);
      return;
    }
    this.user.rolledBack();
  }

  private async untilWritable(bytes: number): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      if (this.astray) this.rollBack();
      if (!this.astray && (await this.hasRoom(bytes))) break;
      await delay(LOOK_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
    if (signal.aborted) return;
    this.refusal = undefined;
    this.user.log('the journal can store again');
    this.user.writable();
  }

  /**
   * Whether the file takes so many bytes, which are cut off again, as is what the failed write left. They hold no end of
   * a line: a process that is killed meanwhile leaves a torn line.
   */
  private async hasRoom(bytes: number): Promise<boolean> {
    try {
      await this.file.truncate(this.written);
      try {
        await this.file.appendFile(Buffer.alloc(bytes));
        await this.file.datasync();
      } finally {
        await this.file.truncate(this.written);
      }
      await this.file.datasync();
      return true;
    } catch {
      return false;
    }
  }

  /** Switches to a new journal file and writes a snapshot of the state at that moment beside it. */
  private async startCompaction(): Promise<void> {
    // What commits during the next awaits goes to the new file as well as into the snapshot: applying it twice is harmless.
    const next = this.generation + 1;
    const previous = this.file;
    try {
      this.file = await open(journalFile(this.directory, next), 'a');
    } catch (error) {
      this.user.log('the journal cannot be replaced by a snapshot: it grows on', error);
      this.compactAt = this.written + this.compactAfterBytes;
      return;
    }
    this.generation = next;
    this.written = 0;
    await previous.close().catch((error: unknown) => this.user.log('a journal could not be closed', error));
    const changes = [...this.user.dump()];
    // The dump may hold what is not durable yet, and may be taken back.
    const durable = this.durable();
    this.compaction = this.writeSnapshot(next, changes, durable)
      .catch((error: unknown) => this.user.log('a snapshot could not be written: the journal grows on', error))
      .finally(() => (this.compaction = undefined));
  }

  private async writeSnapshot(generation: number, changes: readonly Change[], durable: Promise<void>): Promise<void> {
    const target = snapshotFile(this.directory, generation);
    durable.catch(() => undefined);
    try {
      const bytes = await writeLines(`${target}.new`, changes);
      await durable;
      await rename(`${target}.new`, target);
      this.compactAt = Math.max(this.compactAfterBytes, 2 * bytes);
    } catch (error) {
      await rm(`${target}.new`, { force: true });
      throw error;
    }
    removeBefore(this.directory, generation);
  }
}

/** Writes a file of changes; returns its length. */
async function writeLines(name: string, changes: readonly Change[]): Promise<number> {
  const file = await open(name, 'w');
  try {
    let bytes = 0;
    for (let start = 0; start < changes.length; start += 200) {
      const part = line(changes.slice(start, start + 200));
      await file.appendFile(part);
      bytes += part.length;
    }
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}
