import { type StoredObject } from '../store/object-kind.js';
import { type DueHandler } from '../time/due-work.js';
import { type Context, type ObjectHook } from './context.js';
import { type ObjectType } from './object-type.js';

/** Objects that hold a time of their own still: Stripe's test clocks. */
export interface Clocks {
  /** Their `object` value. */
  readonly object: string;
  /** The moment at which a clock stands, in seconds since 1970. */
  frozenTime(clock: StoredObject): number;
  /** The moment that a clock is advanced to, or null when it stands still. */
  targetOf(clock: StoredObject): number | null;
  /** Called when everything until that moment was run; `succeeded` is false when some of the work failed. */
  arrive(context: Context, id: string, succeeded: boolean): void;
}

/** What the kernel must know of the objects: how they are kept, and what happens to them without a request. */
export interface Behavior {
  readonly types: readonly ObjectType<StoredObject>[];
  /** Kinds of due work and their handlers; a kind is named `<object>.<what happens>`. */
  readonly due?: { readonly [kind: string]: DueHandler<Context> };
  /**
   * What to do, in the same transaction, when any object's event is emitted: its type → the hook. Invoices listen to
   * `payment_intent.succeeded` this way.
   */
  readonly onEvent?: { readonly [type: string]: ObjectHook };
  /** What to do before an object of another kind is removed: its `object` → the hook. */
  readonly beforeRemoval?: { readonly [object: string]: ObjectHook };
  /** At most one of all says which objects are clocks. */
  readonly clocks?: Clocks;
}
