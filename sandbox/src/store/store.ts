import { Collection } from './collection.js';
import { type Change, WIPE } from './journal.js';
import { type StoredObject, type ObjectKind } from './object-kind.js';

interface ChangedObject {
  readonly collection: Collection<StoredObject>;
  readonly id: string;
}

/** All collections, and the transaction that is running. Everything is synchronous and in memory. */
export class Store {
  private readonly collections = new Map<string, Collection<StoredObject>>();
  /** What the running transaction has changed, in the order of the first changes. */
  private transaction: ChangedObject[] | undefined;

  constructor(types: readonly ObjectKind<StoredObject>[]) {
    for (const type of types) {
      if (this.collections.has(type.object)) throw new Error(`two object types are called ${type.object}`);
      this.collections.set(type.object, new Collection(type, this.onChange));
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
   * Runs synchronous work as one transaction and stores each object that it changed, once. When it throws, nothing is
   * stored, unless `keep` says that this error keeps its changes. Returns the changes to append to the journal.
   *
   * @param refusal when nothing may be changed now: the error of work that changes something
   */
  transact<R>(
    work: () => R,
    keep: (error: unknown) => boolean,
    refusal?: Error,
  ): { outcome: Outcome<R>; changes: Change[] } {
    if (this.transaction !== undefined) throw new Error('a transaction is running already');
    const changed: ChangedObject[] = [];
    this.transaction = changed;
    const refuse = (error: unknown): { outcome: Outcome<R>; changes: Change[] } => {
      for (const { collection } of changed) collection.rollBack();
      return { outcome: { error }, changes: [] };
    };
    try {
      const outcome = outcomeOf(work);
      if (outcome.error !== undefined && !keep(outcome.error)) return refuse(outcome.error);
      if (changed.length > 0 && refusal !== undefined) return refuse(refusal);
      return { outcome, changes: this.commit(changed) };
    } finally {
      this.transaction = undefined;
    }
  }

  /** Applies a change that a journal or a snapshot holds. Changes of unknown kinds are refused. */
  apply([object, id, record]: Change): void {
    if (object === WIPE[0]) return this.wipe();
    this.byName(object).store(id, record);
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

  private commit(changed: readonly ChangedObject[]): Change[] {
    return changed.map(({ collection, id }) => [collection.type.object, id, collection.commit(id)]);
  }

  private readonly onChange = (collection: Collection<StoredObject>, id: string): void => {
    if (this.transaction === undefined)
      throw new Error(`${collection.type.object} ${id} was changed outside a transaction`);
    this.transaction.push({ collection, id });
  };
}

function outcomeOf<R>(work: () => R): Outcome<R> {
  try {
    return { result: work() };
  } catch (error) {
    return { error };
  }
}

export type Outcome<R> = { result: R; error?: undefined } | { result?: undefined; error: unknown };
