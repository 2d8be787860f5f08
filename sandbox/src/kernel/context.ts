import { randomBytes } from 'node:crypto';
import { clockAdvancing } from '../errors/stripe-error.js';
import { type Collection } from '../store/collection.js';
import { type Change } from '../store/journal.js';
import { type ObjectKind, type StoredObject } from '../store/object-kind.js';
import { type Store } from '../store/store.js';
import { type DueWork } from '../time/due-work.js';
import { type SandboxClock, type Timeline } from '../time/sandbox-clock.js';
import { type ObjectType, type ReadContext } from './object-type.js';

/** The API request that is being executed. */
export interface RequestInfo {
  readonly id: string;
  readonly idempotencyKey: string | null;
  /** True when it came with a publishable key. */
  readonly publishable: boolean;
  /** True when it may change something: a POST or DELETE. */
  readonly writes: boolean;
}

/** Does what an event of another resource's object entails, e.g. cancels the subscriptions of a removed customer. */
export type ObjectHook = (context: Context, record: StoredObject) => void;

/** Where events go: written within the running transaction, delivered once that is durable. */
export interface EventSink {
  /** @param previous an earlier version of the object, whose differences the event shows */
  emit(context: Context, type: string, record: StoredObject, previous?: StoredObject): void;
  /** Emits only what makes a difference; true when there was one. */
  emitUpdated(context: Context, type: string, before: StoredObject, after: StoredObject): boolean;
  /** Told about each committed transaction. */
  committed(changes: readonly Change[], durable: Promise<void>): void;
}

/** What all transactions share. */
export interface Shared {
  readonly store: Store;
  readonly clock: SandboxClock;
  readonly due: DueWork<Context>;
  readonly events: EventSink;
  /** How objects are shown, by their `object` value. */
  readonly types: ReadonlyMap<string, ObjectType<StoredObject>>;
  /** What other resources do before an object is removed, by the object's kind. */
  readonly removalHooks: ReadonlyMap<string, readonly ObjectHook[]>;
  /** What other resources do when an event is emitted, by its type. */
  readonly eventHooks: ReadonlyMap<string, readonly ObjectHook[]>;
  /** True while a test clock is advanced. */
  isAdvancing(testClock: string): boolean;
  /** The sandbox's own address without a slash at the end, for hosted pages: `http://127.0.0.1:12111`. */
  url(): string;
}

/**
 * What a handler works with: one transaction over the stored objects. Handlers are synchronous; when one throws,
 * everything is undone (see `StripeError.keepChanges`).
 */
export class Context implements ReadContext {
  /** The sandbox's own time, read once: a second that passes amid a transaction must not split what begins in it. */
  private moment: number | undefined;
  /** Ids of the objects that are handled, see `handle`. */
  private readonly handled = new Set<string>();

  constructor(
    private readonly shared: Shared,
    /** The request, or null for work that fell due. */
    readonly request: RequestInfo | null,
    private timeline: Timeline = null,
  ) {}

  /** The stored objects of a kind. */
  objects<T extends StoredObject>(kind: ObjectKind<T>): Collection<T> {
    return this.shared.store.objects(kind);
  }

  /** The simulated time, in seconds since 1970: of the given test clock, else of the one in use (see `useTestClock`). */
  now(testClock?: Timeline): number {
    const timeline = testClock === undefined ? this.timeline : testClock;
    if (timeline !== null) return this.shared.clock.now(timeline);
    this.moment ??= this.shared.clock.now(null);
    return this.moment;
  }

  /**
   * From here on `now()`, `emit` and `setDue` use this test clock (null: the sandbox's own time). Throws 429 for a
   * request that writes while the clock advances, as Stripe does.
   */
  useTestClock(testClock: Timeline | undefined): void {
    const id = testClock ?? null;
    if (id !== null && this.request?.writes === true && this.shared.isAdvancing(id)) throw clockAdvancing(id);
    this.timeline = id;
  }

  /** Takes everything of the timeline in use off the agenda. */
  clearTimeline(): void {
    this.shared.due.clearTimeline(this.timeline);
  }

  get testClock(): Timeline {
    return this.timeline;
  }

  get url(): string {
    return this.shared.url();
  }

  /** A new id with Stripe's form: the prefix, an underscore and `length` letters and digits. */
  newId(prefix: string, length = 24): string {
    return newId(prefix, length);
  }

  /** The object as the API shows it. */
  present(record: StoredObject): object {
    return this.typeOf(record.object)?.present?.(record, this) ?? withoutHidden(record);
  }

  /**
   * Emits an event about an object as it is now, queues its delivery and lets the other resources react.
   * @param previous an earlier version, for the few types other than `*.updated` that show `previous_attributes`
   */
  emit(type: string, record: StoredObject, previous?: StoredObject): void {
    this.shared.events.emit(this, type, record, previous);
    for (const hook of this.shared.eventHooks.get(type) ?? []) hook(this, record);
  }

  /** Emits `*.updated` with `previous_attributes`; nothing when the API shows no difference. */
  emitUpdated(type: string, before: StoredObject, after: StoredObject): void {
    if (!this.shared.events.emitUpdated(this, type, before, after)) return;
    for (const hook of this.shared.eventHooks.get(type) ?? []) hook(this, after);
  }

  /**
   * Does work amid a change of an object whose outcome the caller itself stores and announces: until it returns,
   * `isHandled` tells everybody else to leave that to the caller.
   */
  handle<R>(id: string, work: () => R): R {
    if (this.handled.has(id)) return work();
    this.handled.add(id);
    try {
      return work();
    } finally {
      this.handled.delete(id);
    }
  }

  /** Whether the running work is amid a change of an object, see `handle`. */
  isHandled(id: string): boolean {
    return this.handled.has(id);
  }

  /** Sets, or moves, the moment at which work on an object falls due, by default on the timeline in use. */
  setDue(kind: string, subject: string, at: number, timeline: Timeline = this.timeline): void {
    this.shared.due.set(kind, subject, at, timeline);
  }

  clearDue(kind: string, subject: string): void {
    this.shared.due.clear(kind, subject);
  }

  /** The moment set for work on an object, if any. */
  dueAt(kind: string, subject: string): number | undefined {
    return this.shared.due.at(kind, subject);
  }

  /** Lets the other resources do what the removal of an object entails. */
  beforeRemoval(record: StoredObject): void {
    for (const hook of this.shared.removalHooks.get(record.object) ?? []) hook(this, record);
  }

  /** How objects with this `object` value are shown, or undefined when there are none such. */
  typeOf(object: string): ObjectType<StoredObject> | undefined {
    return this.shared.types.get(object);
  }

  /** The collection whose objects carry this `object` value. */
  byName(object: string): Collection<StoredObject> {
    return this.shared.store.byName(object);
  }
}

const LETTERS = Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const pool = { bytes: randomBytes(0), used: 0 };

/** A random id such as `cus_9s6XKzkNRiz8i3`, in one piece: a string that grows by letters takes many times the memory. */
export function newId(prefix: string, length = 24): string {
  const id = Buffer.allocUnsafe(prefix.length + 1 + length);
  for (let position = id.write(`${prefix}_`, 'latin1'); position < id.length; position += 1)
    id[position] = randomLetter();
  return id.toString('latin1');
}

function randomLetter(): number {
  for (;;) {
    if (pool.used === pool.bytes.length) Object.assign(pool, { bytes: randomBytes(8_192), used: 0 });
    const letter = LETTERS[(pool.bytes[pool.used++] ?? 0) & 63];
    if (letter !== undefined) return letter;
  }
}

/** All fields but `sandbox`. */
export function withoutHidden<T extends object>(record: T): Omit<T, 'sandbox'> {
  const { sandbox: _hidden, ...shown } = record as T & { sandbox?: unknown };
  return shown;
}
