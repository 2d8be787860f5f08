/** `current_period_end` → `currentPeriodEnd`. */
export type CamelKey<Key> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : Key;

type Nullable<Wire> = {
  [Key in keyof Wire]-?: null extends Wire[Key] ? Key : undefined extends Wire[Key] ? Key : never;
};
type OptionalKey<Wire> = Nullable<Wire>[keyof Wire];

/** An object of the wire as the client shows it: keys in camelCase, absent where the wire says null. */
type FromWire<Wire> = Wire extends readonly (infer Item)[]
  ? FromWire<Item>[]
  : Wire extends object
    ? // An object of any keys is somebody else's and stays as it is.
      string extends keyof Wire
      ? Wire
      : { [Key in keyof Wire as Key extends OptionalKey<Wire> ? never : CamelKey<Key>]: FromWire<Wire[Key]> } & {
          [Key in keyof Wire as Key extends OptionalKey<Wire> ? CamelKey<Key> : never]?: FromWire<
            NonNullable<Wire[Key]>
          >;
        }
    : Wire;

/** Fields that only one of two types has. */
type OneSided<One, Other> = Exclude<keyof One, keyof Other> | Exclude<keyof Other, keyof One>;

/** Stands where a model and the wire differ, so that a client that has fallen behind the document does not compile. */
interface Differs<Fields> {
  modelDiffersFromWireIn: Fields;
}

/** The model, when it has every field of the wire and none else, each as narrow as the wire's or narrower. */
export type Mapped<Wire, Model> = [OneSided<Model, FromWire<Wire>>] extends [never]
  ? Model extends FromWire<Wire>
    ? Model
    : Differs<'a type'>
  : Differs<OneSided<Model, FromWire<Wire>>>;

/** Fields whose content is somebody else's: Stripe's words and the host's stay as they are. */
const VERBATIM: readonly string[] = ['payload', 'metadata', 'before', 'after', 'object', 'previous', 'amounts'];

/** Keys to camelCase, nulls left out, all the way down. */
export function fromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    present.map(([key, member]) => [toCamelCase(key), VERBATIM.includes(key) ? member : fromWire(member)]),
  );
}

/** Keys to snake_case, undefined left out, all the way down. */
export function toWire(value: object): object {
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    present.map(([key, member]) => [toSnakeCase(key), VERBATIM.includes(key) ? member : wireValue(member)]),
  );
}

function wireValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wireValue);
  return typeof value === 'object' && value !== null ? toWire(value) : value;
}

function toCamelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** `addressLine1` is `address_line1` on the wire: a digit begins no word. */
function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
