import { type Route } from './router.js';
import { type ObjectHook } from '../kernel/context.js';
import { type ObjectType, type StoredObject } from '../store/object-type.js';
import { type DueHandler } from '../time/due-work.js';

/** What one file of `resources/` contributes to the sandbox. */
export interface Resource {
  readonly types: readonly ObjectType<StoredObject>[];
  readonly routes: readonly Route[];
  /** Kinds of due work and their handlers; a kind is named `<object>.<what happens>`. */
  readonly due?: { readonly [kind: string]: DueHandler };
  /**
   * What to do, in the same transaction, when any resource emits an event: its type → the hook. Invoices listen to
   * `payment_intent.succeeded` this way.
   */
  readonly onEvent?: { readonly [type: string]: ObjectHook };
  /** What to do before an object of another resource is removed: its `object` → the hook. */
  readonly beforeRemoval?: { readonly [object: string]: ObjectHook };
}
