import { resourceMissing } from '../errors/stripe-error.js';
import { type StoredObject, type ObjectKind } from './object-kind.js';

/** One stored object and its place in its collection; `sequence` grows with each insertion. */
interface Entry<T> {
  readonly record: T;
  readonly sequence: number;
}

/** Told when the running transaction first changes an object. Throws when there is none. */
export type ChangeObserver = (collection: Collection<StoredObject>, id: string) => void;

/** Freezes a value and all that it holds; parts that are frozen already are skipped. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/**
 * The objects of one kind, in memory, in order of insertion. The running transaction works on versions of its own, which
 * reads find at once; what it has made of an object is stored when it commits, once however often it changed.
 */
export class Collection<T extends StoredObject> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly tombstones = new Set<string>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();
  private order: { readonly id: string; readonly sequence: number }[] = [];
  /** Where the oldest object is in `order`, at the earliest: the places before it are of removed objects. */
  private oldest = 0;
  private nextSequence = 1;
  /** What the running transaction has made of objects, by id, in the order of their first change; null: removed. */
  private readonly working = new Map<string, T | null>();

  constructor(
    readonly type: ObjectKind<T>,
    private readonly onChange: ChangeObserver,
  ) {
    for (const name of Object.keys(type.indexes ?? {})) this.indexes.set(name, new Map());
  }

  /** How many objects are stored. */
  get size(): number {
    return this.entries.size;
  }

  get(id: string): T | undefined {
    const working = this.working.get(id);
    return working === undefined ? this.entries.get(id)?.record : (working ?? undefined);
  }

  /** The object, or the error "No such …". `param` names the request parameter that held the id. */
  require(id: string, param = 'id'): T {
    const record = this.get(id);
    if (record === undefined) throw resourceMissing(this.type.title ?? this.type.object, id, param);
    return record;
  }

  /** True for an object that was removed and leaves a tombstone. */
  isDeleted(id: string): boolean {
    const working = this.working.get(id);
    return working === undefined ? this.tombstones.has(id) : working === null && this.type.keepsTombstone === true;
  }

  insert(record: T): T {
    if (this.get(record.id) !== undefined) throw new Error(`${this.type.object} ${record.id} exists already`);
    return this.replace(record);
  }

  /** Puts a new version in the place of an object, or a new object. */
  replace(record: T): T {
    this.change(record.id, deepFreeze(record));
    return record;
  }

  /** Changes some top-level fields of an object; returns the new version. */
  update(id: string, changes: Partial<T>): T {
    return this.replace({ ...this.require(id), ...changes });
  }

  remove(id: string): void {
    if (this.get(id) !== undefined) this.change(id, null);
  }

  /** The objects that an index holds under a value, oldest first. */
  where(index: string, value: string): T[] {
    const ids = this.indexes.get(index);
    if (ids === undefined) throw new Error(`${this.type.object} has no index ${index}`);
    const found: Entry<T>[] = [];
    for (const id of ids.get(value) ?? []) {
      const entry = this.entries.get(id);
      if (entry !== undefined && !this.working.has(id)) found.push(entry);
    }
    const valueOf = this.type.indexes?.[index];
    for (const entry of this.workingEntries()) if (valueOf?.(entry.record) === value) found.push(entry);
    return found.sort((left, right) => left.sequence - right.sequence).map((entry) => entry.record);
  }

  /** How many objects an index holds under a value. */
  count(index: string, value: string): number {
    if (this.working.size > 0) return this.where(index, value).length;
    return this.indexes.get(index)?.get(value)?.size ?? 0;
  }

  /** All objects, newest first. */
  *newestFirst(): Generator<T> {
    for (const record of this.added().reverse()) yield record;
    for (let position = this.order.length - 1; position >= 0; position -= 1) {
      const record = this.at(position);
      if (record !== undefined) yield record;
    }
  }

  /** All objects, oldest first. */
  *[Symbol.iterator](): Generator<T> {
    const { order } = this;
    let leading = true;
    for (let position = this.oldest; position < order.length; position += 1) {
      const record = this.at(position);
      if (record !== undefined) {
        leading = false;
        yield record;
      } else if (leading && order === this.order && this.working.size === 0) this.oldest = position + 1;
    }
    yield* this.added();
  }

  /** The ids of removed objects that leave a tombstone. */
  deletedIds(): Iterable<string> {
    return this.tombstones;
  }

  /** Stores what the transaction has made of an object; returns it, or null when it was removed. */
  commit(id: string): T | null {
    const record = this.working.get(id) ?? null;
    this.working.delete(id);
    this.store(id, record);
    return record;
  }

  /** Forgets what the transaction has made of its objects. */
  rollBack(): void {
    this.working.clear();
  }

  /** Stores a version of an object, or its removal (null), outside of transactions' changes: by them, and recovery. */
  store(id: string, record: T | null): void {
    const previous = this.entries.get(id);
    if (record === null) {
      this.entries.delete(id);
      if (this.type.keepsTombstone === true) this.tombstones.add(id);
    } else {
      this.tombstones.delete(id);
      this.entries.set(id, { record, sequence: previous?.sequence ?? this.place(id) });
    }
    this.reindex(id, previous?.record, record ?? undefined);
  }

  /** Forgets all objects and tombstones. */
  wipe(): void {
    this.entries.clear();
    this.tombstones.clear();
    this.order = [];
    this.oldest = 0;
    for (const values of this.indexes.values()) values.clear();
  }

  private change(id: string, record: T | null): void {
    if (!this.working.has(id)) this.onChange(this, id);
    this.working.set(id, record);
  }

  /** The object at a place of `order` as it is now; undefined when there is none any more. */
  private at(position: number): T | undefined {
    const place = this.order[position];
    const entry = place && this.entries.get(place.id);
    if (place === undefined || entry?.sequence !== place.sequence) return undefined;
    return this.working.size === 0 ? entry.record : this.get(place.id);
  }

  /** The changed objects with their places; new ones come after all that are stored. */
  private *workingEntries(): Generator<Entry<T>> {
    let next = this.nextSequence;
    for (const [id, record] of this.working) {
      if (record !== null) yield { record, sequence: this.entries.get(id)?.sequence ?? next++ };
    }
  }

  /** The objects that the running transaction has added, oldest first. */
  private added(): T[] {
    return [...this.working].flatMap(([id, record]) => (record === null || this.entries.has(id) ? [] : [record]));
  }

  private place(id: string): number {
    const sequence = this.nextSequence++;
    if (this.order.length > 2 * this.entries.size + 1_000) {
      this.order = this.order.filter((place) => this.entries.get(place.id)?.sequence === place.sequence);
      this.oldest = 0;
    }
    this.order.push({ id, sequence });
    return sequence;
  }

  private reindex(id: string, previous: T | undefined, next: T | undefined): void {
    for (const [name, values] of this.indexes) {
      const valueOf = this.type.indexes?.[name];
      const from = previous === undefined ? undefined : (valueOf?.(previous) ?? undefined);
      const to = next === undefined ? undefined : (valueOf?.(next) ?? undefined);
      if (from === to) continue;
      if (from !== undefined) {
        const ids = values.get(from);
        ids?.delete(id);
        if (ids?.size === 0) values.delete(from);
      }
      if (to !== undefined) {
        const ids = values.get(to) ?? new Set<string>();
        values.set(to, ids.add(id));
      }
    }
  }
}
