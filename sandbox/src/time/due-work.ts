import { type ObjectKind } from '../store/object-kind.js';
import { type Store } from '../store/store.js';
import { DueQueue } from './due-queue.js';
import { type Timeline } from './sandbox-clock.js';

/** Work that falls due: one moment per kind and object. Stored like any object, so it survives restarts. */
interface DueEntry {
  readonly id: string;
  readonly object: 'sandbox.due';
  readonly kind: string;
  /** The id of the object that the work is about. */
  readonly subject: string;
  /** Seconds since 1970, UTC. */
  readonly at: number;
  readonly timeline: Timeline;
}

export const dueEntries: ObjectKind<DueEntry> = { object: 'sandbox.due' };

/** Runs in a transaction when a moment is reached; the time of its context `C` is that moment. */
export type DueHandler<C> = (context: C, subject: string, at: number) => void;

/** The agenda of the sandbox: sets, clears and finds what falls due. */
export class DueWork<C> {
  private readonly handlers = new Map<string, DueHandler<C>>();
  private readonly queue = new DueQueue();

  constructor(private readonly store: Store) {}

  /** Registers what to do for a kind of due work, e.g. `subscription.cycle`. */
  on(kind: string, handler: DueHandler<C>): void {
    if (this.handlers.has(kind)) throw new Error(`due work ${kind} is registered twice`);
    this.handlers.set(kind, handler);
  }

  /** Sets, or moves, the moment at which work on an object falls due. */
  set(kind: string, subject: string, at: number, timeline: Timeline): void {
    if (!this.handlers.has(kind)) throw new Error(`no handler for due work ${kind}`);
    const entry: DueEntry = { id: `${kind}/${subject}`, object: 'sandbox.due', kind, subject, at, timeline };
    this.store.objects(dueEntries).replace(entry);
    this.queue.push(timeline, entry.id, at);
  }

  clear(kind: string, subject: string): void {
    this.store.objects(dueEntries).remove(`${kind}/${subject}`);
  }

  /** Clears all that was to fall due on a timeline. */
  clearTimeline(timeline: Timeline): void {
    for (const entry of this.store.objects(dueEntries)) {
      if (entry.timeline === timeline) this.store.objects(dueEntries).remove(entry.id);
    }
  }

  /** The moment set for work on an object, if any. */
  at(kind: string, subject: string): number | undefined {
    return this.store.objects(dueEntries).get(`${kind}/${subject}`)?.at;
  }

  /** The next entry of a timeline that still stands. */
  next(timeline: Timeline): DueEntry | undefined {
    for (let item = this.queue.peek(timeline); item !== undefined; item = this.queue.peek(timeline)) {
      const entry = this.store.objects(dueEntries).get(item.id);
      if (entry !== undefined && entry.at === item.at && entry.timeline === timeline) return entry;
      this.queue.pop(timeline);
    }
    return undefined;
  }

  /** Runs an entry inside the running transaction and takes it off the agenda. */
  run(context: C, entry: DueEntry): void {
    this.clear(entry.kind, entry.subject);
    this.handlers.get(entry.kind)?.(context, entry.subject, entry.at);
  }

  /** Fills the queue from the stored entries: after recovery or a loaded state. */
  rebuild(): void {
    this.queue.clear();
    for (const entry of this.store.objects(dueEntries)) this.queue.push(entry.timeline, entry.id, entry.at);
  }
}
