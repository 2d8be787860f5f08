import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Change, FileJournal, WIPE } from './journal.js';

type State = Map<string, Change>;

describe('the journal', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'journal-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const applyTo = (state: State, change: Change): void => {
    if (change[0] === WIPE[0]) state.clear();
    else if (change[2] === null) state.delete(change[1]);
    else state.set(change[1], change);
  };
  const thing = (id: string, name: string): Change => ['thing', id, { id, object: 'thing', name } as Change[2]];
  const open = (state: State, compactAfterBytes?: number): Promise<FileJournal> =>
    FileJournal.open(
      directory,
      (change) => applyTo(state, change),
      () => state.values(),
      compactAfterBytes,
    );
  /** What a process would find that starts on a copy of these files. */
  async function recovered(from = directory): Promise<State> {
    const copy = mkdtempSync(path.join(tmpdir(), 'journal-copy-'));
    cpSync(from, copy, { recursive: true });
    const state: State = new Map();
    const journal = await FileJournal.open(
      copy,
      (change) => applyTo(state, change),
      () => [],
    );
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
});
