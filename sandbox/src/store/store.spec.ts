import { describe, expect, it, jest } from '@jest/globals';
import { type ObjectKind } from './object-kind.js';
import { Store } from './store.js';

interface Thing {
  readonly id: string;
  readonly object: 'thing';
  readonly owner: string | null;
  readonly size: number;
}

const things: ObjectKind<Thing> = {
  object: 'thing',
  indexes: { owner: (thing) => thing.owner },
  keepsTombstone: true,
};

const never = (): boolean => false;
const always = (): boolean => true;

describe('a transaction of the store', () => {
  const thing = (id: string, owner: string | null = null, size = 1): Thing => ({ id, object: 'thing', owner, size });
  const storeWith = (...stored: Thing[]) => {
    const store = new Store([things]);
    store.transact(() => stored.forEach((one) => store.objects(things).insert(one)), never);
    return { store, collection: store.objects(things) };
  };
  const ids = (found: Iterable<Thing>): string[] => [...found].map(({ id }) => id);

  it('stores an object once, as it was at the end, however often it changed', () => {
    const { store, collection } = storeWith(thing('a'));
    const stored = jest.spyOn(collection, 'store');
    const { changes } = store.transact(() => {
      collection.update('a', { size: 2 });
      collection.update('a', { size: 3 });
      collection.insert(thing('b'));
      collection.update('b', { owner: 'me' });
      return collection.update('a', { size: 4 });
    }, never);
    expect(stored.mock.calls.map(([id]) => id)).toEqual(['a', 'b']);
    expect(changes).toEqual([
      ['thing', 'a', thing('a', null, 4)],
      ['thing', 'b', thing('b', 'me')],
    ]);
  });

  it('finds what it has changed itself, at once and in the places of old', () => {
    const { store, collection } = storeWith(thing('a', 'me'), thing('b', 'you'), thing('c', 'me'));
    store.transact(() => {
      collection.update('a', { size: 2 });
      collection.update('b', { owner: 'me' });
      collection.insert(thing('d', 'me'));
      expect(collection.where('owner', 'me').map(({ id, size }) => [id, size])).toEqual([
        ['a', 2],
        ['b', 1],
        ['c', 1],
        ['d', 1],
      ]);
      expect(collection.count('owner', 'you')).toBe(0);
      collection.remove('c');
      expect(collection.get('c')).toBeUndefined();
      expect(collection.isDeleted('c')).toBe(true);
      expect(ids(collection.where('owner', 'me'))).toEqual(['a', 'b', 'd']);
      expect(ids(collection)).toEqual(['a', 'b', 'd']);
      expect(ids(collection.newestFirst())).toEqual(['d', 'b', 'a']);
      expect(() => collection.insert(thing('d'))).toThrow('exists already');
    }, never);
    expect(ids(collection)).toEqual(['a', 'b', 'd']);
    expect(ids(collection.where('owner', 'me'))).toEqual(['a', 'b', 'd']);
    expect(collection.count('owner', 'me')).toBe(3);
  });

  it.each([
    ['leaves everything as it was when it fails', never, ['a', 'b'], false],
    ['stores what it changed before a failure that keeps its changes', always, ['b', 'c'], true],
  ])('%s', (_name, keep, left, deleted) => {
    const { store, collection } = storeWith(thing('a', 'me'), thing('b', 'you'));
    const failure = new Error('refused');
    const { outcome, changes } = store.transact(() => {
      collection.remove('a');
      collection.update('b', { owner: 'me' });
      collection.insert(thing('c'));
      throw failure;
    }, keep);
    expect(outcome.error).toBe(failure);
    expect(changes.map(([, id, record]) => [id, record === null])).toEqual(
      deleted
        ? [
            ['a', true],
            ['b', false],
            ['c', false],
          ]
        : [],
    );
    expect(ids(collection)).toEqual(left);
    expect(ids(collection.where('owner', 'me'))).toEqual(deleted ? ['b'] : ['a']);
    expect(collection.isDeleted('a')).toBe(deleted);
  });

  it('is the only place where objects change', () => {
    const { store, collection } = storeWith(thing('a'));
    expect(() => collection.update('a', { size: 2 })).toThrow('outside a transaction');
    expect(collection.get('a')).toEqual(thing('a'));
    store.transact(() => expect(() => store.transact(() => undefined, never)).toThrow('running already'), never);
    expect(collection.get('a')).toEqual(thing('a'));
  });
});
