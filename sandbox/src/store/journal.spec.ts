import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Change, FileJournal, type JournalUser, WIPE } from './journal.js';

const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};

type State = Map<string, Change>;

describe('the journal', () => {
  let directory: string;
  let told: string[];

  beforeEach(() => {
    told = [];
    directory = mkdtempSync(path.join(tmpdir(), 'journal-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const applyTo = (state: State, change: Change): void => {
    if (change[0] === WIPE[0]) state.clear();
    else if (change[2] === null) state.delete(change[1]);
    else state.set(change[1], change);
  };
  const thing = (id: string, name: string): Change => ['thing', id, { id, object: 'thing', name } as Change[2]];
  const userOf = (state: State): JournalUser => ({
    apply: (change) => applyTo(state, change),
    dump: () => state.values(),
    log: (message) => told.push(message),
    rolledBack: () => told.push('rolled back'),
    writable: () => told.push('writable'),
  });
  const open = (state: State, compactAfterBytes?: number): Promise<FileJournal> =>
    FileJournal.open(directory, userOf(state), compactAfterBytes);
  /** What a process would find that starts on a copy of these files. */
  async function recovered(from = directory): Promise<State> {
    const copy = mkdtempSync(path.join(tmpdir(), 'journal-copy-'));
    cpSync(from, copy, { recursive: true });
    const state: State = new Map();
    const journal = await FileJournal.open(copy, userOf(state));
    await journal.close();
    rmSync(copy, { recursive: true });
    return state;
  }

  it('holds the last version of each object once an append has ended, also when several share a write', async () => {
    const state: State = new Map();
    const journal = await open(state);
    const commits: Change[][] = [
      [thing('a', 'first'), thing('b', 'first')],
      [thing('a', 'second'), thing('c', 'first')],
      [['thing', 'b', null]],
    ];
    const durable = commits.map((changes) => {
      changes.forEach((change) => applyTo(state, change));
      return journal.append(changes);
    });
    await Promise.all(durable);
    const found = await recovered();
    expect(found).toEqual(state);
    expect([...found.keys()]).toEqual(['a', 'c']);
    await journal.append([WIPE, thing('d', 'after')]);
    expect([...(await recovered()).keys()]).toEqual(['d']);
    await journal.close();
  });

  it('becomes a snapshot when it has grown, and with the journal after it that is what was appended', async () => {
    const state: State = new Map();
    let journal = await open(state, 2_000);
    for (let number = 0; number < 200; number += 1) {
      const id = `thing ${number % 23}`;
      const change: Change = number % 7 === 6 ? ['thing', id, null] : thing(id, `version ${number}`);
      applyTo(state, change);
      await journal.append([change]);
      if (number % 20 !== 19) continue;
      await journal.close();
      expect(new Map([...(await recovered())].sort())).toEqual(new Map([...state].sort()));
      journal = await open(state, 2_000);
    }
    await journal.close();
    const files = readdirSync(directory).sort();
    expect(files).toEqual([expect.stringMatching(/^journal-\d+\.log$/), expect.stringMatching(/^snapshot-\d+\.log$/)]);
    expect(Number(/\d+/.exec(files[1] ?? ''))).toBeGreaterThan(2);
  });

  it('goes on from two journals when the snapshot between them was not finished', async () => {
    const state: State = new Map();
    const journal = await open(state);
    await journal.append([thing('a', 'old'), thing('b', 'old')]);
    await journal.close();
    cpSync(path.join(directory, 'journal-1.log'), path.join(directory, 'first'));
    const next: State = new Map();
    rmSync(path.join(directory, 'journal-1.log'));
    const second = await open(next);
    await second.append([thing('b', 'new')]);
    await second.close();
    cpSync(path.join(directory, 'journal-1.log'), path.join(directory, 'journal-2.log'));
    cpSync(path.join(directory, 'first'), path.join(directory, 'journal-1.log'));
    writeFileSync(path.join(directory, 'snapshot-2.log.new'), '12345678 [["thing","a",');
    expect([...(await recovered()).values()]).toEqual([thing('a', 'old'), thing('b', 'new')]);
  });

  describe('when a write fails', () => {
    type Method = (this: FileHandle, data?: Uint8Array) => Promise<void>;
    /** What all file handles share. */
    let handle: Record<'appendFile' | 'datasync' | 'sync', Method>;
    beforeEach(async () => {
      const file = await fs.open(directory);
      await file.close();
      handle = Object.getPrototypeOf(file) as typeof handle;
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });

    const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    async function commit(journal: FileJournal, state: State, ...changes: Change[]): Promise<void> {
      changes.forEach((change) => applyTo(state, change));
      await journal.append(changes);
    }
    const untilWritable = (journal: FileJournal) => eventually(() => journal.refusal === undefined);

    it.each([
      ['has no room for it', 'ENOSPC'],
      ['breaks off in it', 'short'],
      ['cannot be made durable', 'EIO'],
    ])(
      'since the file %s, the state is again what is stored, and nothing more is taken until it can be',
      async (_, code) => {
        const state: State = new Map();
        const journal = await open(state);
        await commit(journal, state, thing('a', 'stored'), thing('b', 'stored'));
        const { appendFile } = handle;
        const whole = jest.spyOn(handle, code === 'EIO' ? 'datasync' : 'appendFile');
        whole.mockImplementation(async function (this: FileHandle, data?: unknown) {
          if (code === 'short') await appendFile.call(this, (data as Buffer).subarray(0, 20));
          return failing(code)();
        });
        const refused = await Promise.allSettled([
          commit(journal, state, thing('a', 'lost'), thing('c', 'lost')),
          commit(journal, state, ['thing', 'b', null]),
          journal.durable(),
        ]);
        expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
        expect([...state.values()]).toEqual([thing('a', 'stored'), thing('b', 'stored')]);
        expect(told.slice(1)).toEqual(['rolled back']);
        await expect(journal.append([thing('d', 'lost')])).rejects.toMatchObject({ status: 500 });
        await expect(journal.durable()).resolves.toBeUndefined();
        jest.restoreAllMocks();
        await untilWritable(journal);
        expect(told.slice(2)).toEqual(['the journal can store again', 'writable']);
        await commit(journal, state, thing('a', 'new'));
        await journal.close();
        told = [];
        expect(await recovered()).toEqual(state);
        expect([...state.values()]).toEqual([thing('a', 'new'), thing('b', 'stored')]);
        expect(told).toEqual([]);
      },
    );

    it('whose changes a snapshot holds that is being written, the snapshot is dropped', async () => {
      const state: State = new Map();
      const journal = await open(state, 500);
      const { datasync } = handle;
      const durable = jest.spyOn(handle, 'datasync');
      durable.mockImplementation(failing('EIO')).mockImplementationOnce(async function (this: FileHandle) {
        // What commits while this is written is in the snapshot that follows it.
        second = commit(journal, state, thing('b', 'lost'));
        second.catch(() => undefined);
        await datasync.call(this);
      });
      let second = Promise.resolve();
      await commit(journal, state, thing('a', 'x'.repeat(600)));
      await expect(second).rejects.toMatchObject({ status: 500 });
      durable.mockRestore();
      await untilWritable(journal);
      await journal.close();
      expect(told).toContain('a snapshot could not be written: the journal grows on');
      expect([...state.keys()]).toEqual(['a']);
      expect(await recovered()).toEqual(state);
    });

    it('of a snapshot, the journal goes on', async () => {
      const state: State = new Map();
      const journal = await open(state, 500);
      jest.spyOn(handle, 'sync').mockImplementation(failing('ENOSPC'));
      for (let number = 0; number < 30; number += 1) await commit(journal, state, thing(`${number}`, 'x'.repeat(80)));
      expect(told).toContain('a snapshot could not be written: the journal grows on');
      await journal.close();
      expect(readdirSync(directory).filter((name) => !/^journal-\d+\.log$/.test(name))).toEqual([]);
      expect(await recovered()).toEqual(state);
    });
  });
});
