/** What every stored object has. Objects are immutable: a change is a new object. */
export interface StoredObject {
  readonly id: string;
  readonly object: string;
}

/** A function type that method parameter rules apply to, so that types of all objects fit into one list. */
export type OfRecord<T, Rest extends unknown[], R> = { call(record: T, ...rest: Rest): R }['call'];

/** How one kind of object is stored. The description is also the typed key of its collection. */
export interface ObjectKind<T extends StoredObject> {
  /** The value of the `object` field, e.g. `customer`. */
  readonly object: T['object'];
  /** Name in "No such …" messages; default: `object`. */
  readonly title?: string;
  /** Secondary indexes: name → value of an object; objects with null or undefined are not in the index. */
  readonly indexes?: { readonly [name: string]: OfRecord<T, [], string | null | undefined> };
  /** True when a removed object can still be retrieved as `{id, object, deleted: true}`. */
  readonly keepsTombstone?: boolean;
}
