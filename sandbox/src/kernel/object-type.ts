import { type Collection } from '../store/collection.js';
import { type ObjectKind, type OfRecord, type StoredObject } from '../store/object-kind.js';

/** What showing an object may use of the running transaction: it reads and never writes. */
export interface ReadContext {
  objects<T extends StoredObject>(kind: ObjectKind<T>): Collection<T>;
  /** The collection whose objects carry this `object` value. */
  byName(object: string): Collection<StoredObject>;
  /** The simulated time, in seconds since 1970. */
  now(): number;
  /** The sandbox's own address without a slash at the end. */
  readonly url: string;
  /** Another object as the API shows it. */
  present(record: StoredObject): object;
}

/**
 * Describes one kind of object: how it is stored, shown and expanded. The description is also the typed key of its
 * collection: `context.objects(customers).get('cus_1')`.
 */
export interface ObjectType<T extends StoredObject> extends ObjectKind<T> {
  /** The beginning of ids, without the underscore, e.g. `cus`. */
  readonly prefix: string;
  /** Which fields hold ids that `expand[]` can replace: dotted path within the object → `object` of the target. */
  readonly references?: { readonly [path: string]: string };
  /** Fields that appear only when expanded: dotted path → their value. */
  readonly includable?: { readonly [path: string]: OfRecord<T, [context: ReadContext], unknown> };
  /** How the API shows the object. Default: all stored fields but `sandbox`. */
  present?(record: T, context: ReadContext): object;
}

/** Declares a kind of object; see `ObjectType`. */
export function objectType<T extends StoredObject>(type: ObjectType<T>): ObjectType<T> {
  return type;
}
