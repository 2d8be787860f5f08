import { type Context } from '../kernel/context.js';

/** What every stored object has. Objects are immutable: a change is a new object. */
export interface StoredObject {
  readonly id: string;
  readonly object: string;
}

/** A function type that method parameter rules apply to, so that types of all objects fit into one list. */
type OfRecord<T, Rest extends unknown[], R> = { call(record: T, ...rest: Rest): R }['call'];

/**
 * Describes one kind of object: how it is stored, shown and expanded. The description is also the typed key of its
 * collection: `context.objects(customers).get('cus_1')`.
 */
export interface ObjectType<T extends StoredObject> {
  /** The value of the `object` field, e.g. `customer`. */
  readonly object: T['object'];
  /** The beginning of ids, without the underscore, e.g. `cus`. */
  readonly prefix: string;
  /** Name in "No such …" messages; default: `object`. */
  readonly title?: string;
  /** Secondary indexes: name → value of an object; objects with null or undefined are not in the index. */
  readonly indexes?: { readonly [name: string]: OfRecord<T, [], string | null | undefined> };
  /** Which fields hold ids that `expand[]` can replace: dotted path within the object → `object` of the target. */
  readonly references?: { readonly [path: string]: string };
  /** Fields that appear only when expanded: dotted path → their value. */
  readonly includable?: { readonly [path: string]: OfRecord<T, [context: Context], unknown> };
  /** How the API shows the object. Default: all stored fields but `sandbox`. */
  present?(record: T, context: Context): object;
  /** True when a removed object can still be retrieved as `{id, object, deleted: true}`. */
  readonly keepsTombstone?: boolean;
}

/** Declares a kind of object; see `ObjectType`. */
export function objectType<T extends StoredObject>(type: ObjectType<T>): ObjectType<T> {
  return type;
}
