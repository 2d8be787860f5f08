import type Stripe from 'stripe';

type Primitive = string | number | boolean | null | undefined;

/** Drops the expanded alternatives of a reference: `string | Customer | DeletedCustomer | null` becomes `string | null`. */
type Unexpanded<T> = [Extract<T, string>] extends [never] ? T : Exclude<T, { object: string }>;

/**
 * A type of the stripe package as it travels in JSON: decimals are strings, references are ids, lists are plain list
 * objects. Assigning an object literal to `Wire<Stripe.Customer>` proves at compile time that no field is missing or
 * unknown.
 */
export type Wire<T> = T extends Primitive
  ? T
  : T extends Stripe.Decimal
    ? string
    : T extends Stripe.ApiList<infer Item>
      ? ListObject<Wire<Item>>
      : T extends (infer Item)[]
        ? Wire<Unexpanded<Item>>[]
        : { [Key in keyof T as Key extends 'deleted' | 'lastResponse' ? never : Key]: Wire<Unexpanded<T[Key]>> };

/** A page of objects as Stripe returns it. */
export interface ListObject<T> {
  object: 'list';
  url: string;
  has_more: boolean;
  data: T[];
}

/** An object as it is stored: the fields of the API, and under `sandbox` what only the sandbox needs to know. */
export type Stored<T, Hidden = undefined> = Hidden extends undefined ? Wire<T> : Wire<T> & { sandbox: Hidden };

export type JsonValue = Primitive | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };
