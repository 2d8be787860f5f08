import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageUnavailable } from '../errors/storage-unavailable.js';
import { StripeError } from '../errors/stripe-error.js';
import { deepFreeze } from '../store/collection.js';
import { type Change, FileJournal, type Journal, MemoryJournal, WIPE } from '../store/journal.js';
import { Store } from '../store/store.js';
import { DueWork, dueEntries } from '../time/due-work.js';
import { SandboxClock, type Timeline, realSeconds } from '../time/sandbox-clock.js';
import { type StoredObject } from '../store/object-kind.js';
import { type Behavior, type Clocks } from './behavior.js';
import { Context, type EventSink, type ObjectHook, type RequestInfo, type Shared } from './context.js';
import { type ObjectType } from './object-type.js';
import { settings } from './settings.js';

/** The result of a transaction and the promise that it is durable. */
export interface Committed<R> {
  readonly result: R;
  readonly durable: Promise<void>;
}

/** A failed transaction: what was thrown, and the promise that what it kept is durable. */
export class TransactionFailure extends Error {
  constructor(
    override readonly cause: unknown,
    readonly durable: Promise<void>,
  ) {
    super('the transaction failed', { cause });
  }
}

/** Told when what could not be stored was taken back, and when it can be stored again. */
export interface StorageListener {
  rolledBack(): void;
  writable(): void;
}

/** All that a sandbox holds at one moment. */
export interface SavedState {
  /** Simulated time in seconds since 1970. */
  readonly now: number;
  readonly changes: readonly Change[];
}

/** How many changes may wait for the journal before due work waits for it. */
const MAX_BACKLOG = 2_000;
/** How long due work runs before requests and webhooks have their turn. */
const LONGEST_STRETCH_MS = 20;
const LONGEST_TIMER_MS = 60_000;

/** State, time and events of one sandbox. Everything that changes state goes through `transact`. */
export class Kernel implements Shared {
  readonly store: Store;
  readonly clock: SandboxClock;
  readonly due: DueWork<Context>;
  readonly types: ReadonlyMap<string, ObjectType<StoredObject>>;
  readonly removalHooks = new Map<string, readonly ObjectHook[]>();
  readonly eventHooks = new Map<string, readonly ObjectHook[]>();
  private journal: Journal = new MemoryJournal();
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private readonly clocks: Clocks | undefined;
  private readonly runs = new Map<Timeline, Promise<unknown>>();
  private address = '';
  private closed = false;
  private storage: StorageListener = { rolledBack: () => undefined, writable: () => undefined };

  constructor(
    behaviors: readonly Behavior[],
    readonly events: EventSink,
    private readonly log: (message: string, error?: unknown) => void,
  ) {
    const types = behaviors.flatMap((behavior) => behavior.types);
    this.types = new Map(types.map((type) => [type.object, type]));
    this.store = new Store([settings, dueEntries, ...types]);
    this.due = new DueWork(this.store);
    for (const behavior of behaviors) {
      for (const [kind, handler] of Object.entries(behavior.due ?? {})) this.due.on(kind, handler);
      addHooks(this.removalHooks, behavior.beforeRemoval);
      addHooks(this.eventHooks, behavior.onEvent);
    }
    this.clocks = behaviors.find((behavior) => behavior.clocks !== undefined)?.clocks;
    this.clock = new SandboxClock(
      () => this.store.objects(settings).get('clock')?.offset ?? 0,
      (testClock) => this.frozenTime(testClock),
    );
  }

  url(): string {
    return this.address;
  }

  isAdvancing(testClock: string): boolean {
    const clock = this.clocks && this.store.byName(this.clocks.object).get(testClock);
    return clock !== undefined && this.clocks?.targetOf(clock) !== null;
  }

  private frozenTime(testClock: string): number | undefined {
    const clock = this.clocks && this.store.byName(this.clocks.object).get(testClock);
    return clock && this.clocks?.frozenTime(clock);
  }

  /** Takes the sandbox's own address and begins to run what falls due. */
  start(address: string): void {
    this.address = address;
    this.schedule();
    this.resumeTestClocks(this.testClocks());
  }

  /** Recovers the state that a directory holds and journals into it from now on. */
  async open(directory: string | undefined): Promise<void> {
    if (directory !== undefined) {
      this.journal = await FileJournal.open(directory, {
        apply: (change) => this.store.apply(change),
        dump: () => this.store.dump(),
        log: this.log,
        rolledBack: () => this.rolledBack(),
        writable: () => this.writable(),
      });
    }
    this.due.rebuild();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelWakeUp();
    await Promise.allSettled(this.runs.values());
    await this.journal.close();
  }

  /** Resolves when everything written so far is durable. */
  durable(): Promise<void> {
    return this.journal.durable();
  }

  /** False while nothing can be stored. */
  get isWritable(): boolean {
    return this.journal.refusal === undefined;
  }

  onStorage(listener: StorageListener): void {
    this.storage = listener;
  }

  private rolledBack(): void {
    this.due.rebuild();
    this.cancelWakeUp();
    this.storage.rolledBack();
  }

  private writable(): void {
    this.schedule();
    this.resumeTestClocks(this.testClocks());
    this.storage.writable();
  }

  /**
   * Runs synchronous work as one transaction; throws `TransactionFailure`, with `StorageUnavailable` as its cause when
   * there is something to store and it cannot be.
   */
  transact<R>(
    request: RequestInfo | null,
    work: (context: Context) => R,
    options: { timeline?: Timeline; keep?: (error: unknown) => boolean } = {},
  ): Committed<R> {
    const keep = options.keep ?? ((error: unknown) => error instanceof StripeError && error.keepChanges);
    const { outcome, changes } = this.store.transact(
      () => work(new Context(this, request, options.timeline ?? null)),
      keep,
      this.journal.refusal,
    );
    const durable = changes.length === 0 ? this.journal.durable() : this.journal.append(changes);
    // The journal says so once, for all.
    durable.catch(() => undefined);
    if (changes.length > 0) {
      this.events.committed(changes, durable);
      this.resumeTestClocks(changes.map(([, , record]) => record));
      this.schedule();
    }
    if (outcome.error !== undefined) throw new TransactionFailure(outcome.error, durable);
    return { result: outcome.result as R, durable };
  }

  /** Reads the stored objects; the work must not write. */
  read<R>(work: (context: Context) => R): R {
    return work(new Context(this, null));
  }

  /** Advances the sandbox's own time, running everything that falls due in order. Never goes back. */
  advance(to: number): Promise<{ ran: number; failed: number }> {
    return this.exclusively(null, async () => {
      const outcome = await this.runDue(null, to);
      const { durable } = this.transact(null, (context) => {
        const offset = Math.max(to, context.now()) - realSeconds();
        context.objects(settings).replace({ id: 'clock', object: 'sandbox.setting', offset });
      });
      this.clock.resume(null);
      await durable;
      return outcome;
    });
  }

  /** Resumes the test clocks among these objects that are advancing. */
  private resumeTestClocks(records: Iterable<StoredObject | null>): void {
    const { clocks } = this;
    if (clocks === undefined) return;
    for (const record of records) {
      const target = record?.object === clocks.object ? clocks.targetOf(record) : null;
      if (record === null || target === null) continue;
      this.runTestClock(clocks, record.id, target).catch((error: unknown) => {
        if (!isRefused(error)) this.log(`test clock ${record.id} could not be advanced`, error);
      });
    }
  }

  /** Runs everything of a test clock that falls due until a moment, in order, and stops the clock there. */
  private runTestClock(clocks: Clocks, testClock: string, until: number): Promise<void> {
    return this.exclusively(testClock, async () => {
      const { failed } = await this.runDue(testClock, until);
      this.clock.resume(testClock);
      if (this.closed) return;
      await this.transact(null, (context) => clocks.arrive(context, testClock, failed === 0)).durable;
    });
  }

  /** Removes all objects and goes back to real time. */
  reset(): Promise<void> {
    return this.replaceState([], undefined);
  }

  /** Everything that is stored, and the simulated time. */
  snapshot(): SavedState {
    return { now: this.clock.now(), changes: [...this.store.dump()] };
  }

  /** Replaces everything with a saved state; time continues from the moment at which it was saved. */
  restore(state: SavedState): Promise<void> {
    return this.replaceState(state.changes, state.now);
  }

  private async replaceState(changes: readonly Change[], now: number | undefined): Promise<void> {
    await this.idle();
    if (this.journal.refusal !== undefined) throw this.journal.refusal;
    const clock = { id: 'clock', object: settings.object, offset: (now ?? 0) - realSeconds() };
    const all: Change[] = [WIPE, ...changes, ...(now === undefined ? [] : [[clock.object, clock.id, clock] as Change])];
    for (const change of all) this.store.apply(deepFreeze(change));
    this.due.rebuild();
    await this.journal.append(all);
    this.schedule();
    this.resumeTestClocks(this.testClocks());
  }

  private testClocks(): Iterable<StoredObject> {
    return this.clocks === undefined ? [] : this.store.byName(this.clocks.object);
  }

  /** True while due work is being run. */
  get isRunning(): boolean {
    return this.runs.size > 0;
  }

  /** Resolves when no timeline is being run. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.runs.values());
  }

  private async exclusively<R>(timeline: Timeline, work: () => Promise<R>): Promise<R> {
    const before = this.runs.get(timeline) ?? Promise.resolve();
    const run = before.then(work, work);
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.runs.set(timeline, settled);
    try {
      return await run;
    } finally {
      this.clock.resume(timeline);
      if (this.runs.get(timeline) === settled) this.runs.delete(timeline);
      this.schedule();
    }
  }

  private async runDue(timeline: Timeline, until: number): Promise<{ ran: number; failed: number }> {
    let ran = 0;
    let failed = 0;
    let moment = 0;
    let pausedAt = Date.now();
    for (let entry = this.due.next(timeline); entry !== undefined; entry = this.due.next(timeline)) {
      if (entry.at > until || this.closed) break;
      moment = Math.max(moment, entry.at);
      this.clock.show(timeline, moment);
      const current = entry;
      try {
        this.transact(null, (context) => this.due.run(context, current), { timeline });
        ran += 1;
      } catch (error) {
        if (isRefused(error)) throw error;
        failed += 1;
        this.log(`due work ${current.id} failed`, error instanceof TransactionFailure ? error.cause : error);
        this.transact(null, (context) => context.clearDue(current.kind, current.subject), { timeline });
      }
      if (this.journal.backlog > MAX_BACKLOG) await this.journal.durable();
      if (Date.now() - pausedAt > LONGEST_STRETCH_MS) {
        await nextTurn();
        pausedAt = Date.now();
      }
    }
    return { ran, failed };
  }

  /**
   * Wakes up when the next work of the sandbox's own time falls due. What is due already runs before the next request is
   * read: a client that is told of a charge may ask for its dispute at once.
   */
  private schedule(): void {
    if (this.closed || !this.isWritable || this.runs.has(null)) return;
    this.cancelWakeUp();
    const next = this.due.next(null);
    if (next === undefined) return;
    const seconds = next.at - this.clock.now();
    const run = (): void => {
      this.exclusively(null, () => this.runDue(null, this.clock.now())).catch((error: unknown) => {
        if (!isRefused(error)) this.log('due work failed', error);
      });
    };
    if (seconds > 0) this.timer = setTimeout(run, Math.min(seconds * 1_000, LONGEST_TIMER_MS)).unref();
    else this.immediate = setImmediate(run).unref();
  }

  private cancelWakeUp(): void {
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }
}

/** What was not done since it could not be stored; it is done once it can be. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof TransactionFailure ? error.cause : error;
  return cause instanceof StorageUnavailable;
}

function addHooks(hooks: Map<string, readonly ObjectHook[]>, added: Behavior['onEvent']): void {
  for (const [name, hook] of Object.entries(added ?? {})) hooks.set(name, [...(hooks.get(name) ?? []), hook]);
}
