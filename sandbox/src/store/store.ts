import { type Before, Collection } from './collection.js';
import { type Change, WIPE } from './journal.js';
import { type StoredObject, type ObjectKind } from './object-kind.js';

/** All collections, and the transaction that is running. Everything is synchronous and in memory. */
export class Store {
  private readonly collections = new Map<string, Collection<StoredObject>>();
  private transaction: Map<string, { object: string; id: string; before: Before }> | undefined;

  constructor(types: readonly ObjectKind<StoredObject>[]) {
    for (const type of types) {
      if (this.collections.has(type.object)) throw new Error(`two object types are called ${type.object}`);
      this.collections.set(type.object, new Collection(type, this.beforeWrite));
    }
  }

  /** The collection of a kind of object. */
  objects<T extends StoredObject>(type: ObjectKind<T>): Collection<T> {
    return this.byName(type.object) as unknown as Collection<T>;
  }

  /** The collection whose objects carry this `object` value. */
  byName(object: string): Collection<StoredObject> {
    const collection = this.collections.get(object);
    if (collection === undefined) throw new Error(`no object type is called ${object}`);
    return collection;
  }

  has(object: string): boolean {
    return this.collections.has(object);
  }

  names(): string[] {
    return [...this.collections.keys()];
  }

  /**
   * Runs synchronous work as one transaction. When it throws, everything it wrote is undone, unless `keep` says that
   * this error keeps its changes. Answers the changes to append to the journal.
   */
  transact<R>(work: () => R, keep: (error: unknown) => boolean): { outcome: Outcome<R>; changes: Change[] } {
    if (this.transaction !== undefined) throw new Error('a transaction is running already');
    const written = new Map<string, { object: string; id: string; before: Before }>();
    this.transaction = written;
    try {
      const result = work();
      return { outcome: { result }, changes: this.changes(written) };
    } catch (error) {
      if (keep(error)) return { outcome: { error }, changes: this.changes(written) };
      for (const { object, id, before } of written.values()) this.byName(object).restore(id, before);
      return { outcome: { error }, changes: [] };
    } finally {
      this.transaction = undefined;
    }
  }

  /** Applies a change that a journal or a snapshot holds. Changes of unknown kinds are refused. */
  apply([object, id, record]: Change): void {
    if (object === WIPE[0]) return this.wipe();
    this.byName(object).load(id, record);
  }

  /** The whole state as changes that rebuild it. */
  *dump(): Generator<Change> {
    for (const [object, collection] of this.collections) {
      for (const record of collection) yield [object, record.id, record];
      for (const id of collection.deletedIds()) yield [object, id, null];
    }
  }

  private wipe(): void {
    if (this.transaction !== undefined) throw new Error('a transaction is running');
    for (const collection of this.collections.values()) collection.wipe();
  }

  private changes(written: Map<string, { object: string; id: string; before: Before }>): Change[] {
    return [...written.values()].map(({ object, id }) => [object, id, this.byName(object).get(id) ?? null]);
  }

  private readonly beforeWrite = (object: string, id: string, before: () => Before): void => {
    if (this.transaction === undefined) throw new Error(`${object} ${id} was written outside a transaction`);
    const key = `${object}/${id}`;
    if (!this.transaction.has(key)) this.transaction.set(key, { object, id, before: before() });
  };
}

export type Outcome<R> = { result: R; error?: undefined } | { result?: undefined; error: unknown };
