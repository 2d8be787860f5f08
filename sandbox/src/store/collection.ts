import { resourceMissing } from '../errors/stripe-error.js';
import { type StoredObject, type ObjectKind } from './object-kind.js';

/** One object's place in its collection; `sequence` grows with each insertion. */
interface Entry<T> {
  readonly record: T;
  readonly sequence: number;
}

/** What a collection held under an id before a transaction first wrote it. */
export interface Before {
  readonly entry: Entry<StoredObject> | undefined;
  readonly tombstone: boolean;
}

/** Told before each write, so that a failed request can be undone. */
export type WriteObserver = (object: string, id: string, before: () => Before) => void;

/** Freezes a value and all that it holds; parts that are frozen already are skipped. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/** The objects of one kind, in memory, in order of insertion. All writes belong to the running transaction. */
export class Collection<T extends StoredObject> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly tombstones = new Set<string>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();
  private order: { readonly id: string; readonly sequence: number }[] = [];
  /** Where the oldest object is in `order`, at the earliest: the places before it are of removed objects. */
  private oldest = 0;
  private nextSequence = 1;

  constructor(
    readonly type: ObjectKind<T>,
    private readonly beforeWrite: WriteObserver,
  ) {
    for (const name of Object.keys(type.indexes ?? {})) this.indexes.set(name, new Map());
  }

  get size(): number {
    return this.entries.size;
  }

  get(id: string): T | undefined {
    return this.entries.get(id)?.record;
  }

  /** The object, or the error "No such …". `param` names the request parameter that held the id. */
  require(id: string, param = 'id'): T {
    const record = this.get(id);
    if (record === undefined) throw resourceMissing(this.type.title ?? this.type.object, id, param);
    return record;
  }

  /** True for an object that was removed and leaves a tombstone. */
  isDeleted(id: string): boolean {
    return this.tombstones.has(id);
  }

  insert(record: T): T {
    if (this.entries.has(record.id)) throw new Error(`${this.type.object} ${record.id} exists already`);
    return this.replace(record);
  }

  /** Stores a new version of an object, or a new object. */
  replace(record: T): T {
    this.beforeWrite(this.type.object, record.id, () => this.before(record.id));
    this.load(record.id, deepFreeze(record));
    return record;
  }

  /** Stores the object with some top-level fields changed and answers the new version. */
  update(id: string, changes: Partial<T>): T {
    return this.replace({ ...this.require(id), ...changes });
  }

  remove(id: string): void {
    if (!this.entries.has(id)) return;
    this.beforeWrite(this.type.object, id, () => this.before(id));
    this.load(id, null);
  }

  /** The objects that an index holds under a value, oldest first. */
  where(index: string, value: string): T[] {
    const ids = this.indexes.get(index);
    if (ids === undefined) throw new Error(`${this.type.object} has no index ${index}`);
    const found = ids.get(value);
    if (found === undefined) return [];
    const entries: Entry<T>[] = [];
    for (const id of found) {
      const entry = this.entries.get(id);
      if (entry !== undefined) entries.push(entry);
    }
    return entries.sort((left, right) => left.sequence - right.sequence).map((entry) => entry.record);
  }

  /** How many objects an index holds under a value. */
  count(index: string, value: string): number {
    return this.indexes.get(index)?.get(value)?.size ?? 0;
  }

  /** All objects, newest first. */
  *newestFirst(): Generator<T> {
    for (let position = this.order.length - 1; position >= 0; position -= 1) {
      const place = this.order[position];
      const entry = place && this.entries.get(place.id);
      if (place && entry?.sequence === place.sequence) yield entry.record;
    }
  }

  /** All objects, oldest first. */
  *[Symbol.iterator](): Generator<T> {
    const { order } = this;
    let leading = true;
    for (let position = this.oldest; position < order.length; position += 1) {
      const place = order[position];
      const entry = place && this.entries.get(place.id);
      if (place && entry?.sequence === place.sequence) {
        leading = false;
        yield entry.record;
      } else if (leading && order === this.order) this.oldest = position + 1;
    }
  }

  /** The ids of removed objects that leave a tombstone. */
  deletedIds(): Iterable<string> {
    return this.tombstones;
  }

  /** Writes without telling the transaction: recovery, and the writes above. */
  load(id: string, record: T | null): void {
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

  /** Puts back what a failed transaction found. */
  restore(id: string, before: Before): void {
    const current = this.entries.get(id);
    const entry = before.entry as Entry<T> | undefined;
    if (entry === undefined) this.entries.delete(id);
    else this.entries.set(id, entry);
    this.oldest = 0;
    if (before.tombstone) this.tombstones.add(id);
    else this.tombstones.delete(id);
    this.reindex(id, current?.record, entry?.record);
  }

  /** Forgets all objects and tombstones. */
  wipe(): void {
    this.entries.clear();
    this.tombstones.clear();
    this.order = [];
    this.oldest = 0;
    for (const values of this.indexes.values()) values.clear();
  }

  private before(id: string): Before {
    return { entry: this.entries.get(id), tombstone: this.tombstones.has(id) };
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
