import { Agenda } from './agenda.js';
import { type Circumstances, drawGap } from './circumstances.js';
import { type Random } from './random.js';

/** The content that counts as final. */
export const TERMINAL = -1;
/** The simulated time at which a history begins; any second will do. */
const BEGIN = 1_000;

/** The object as Stripe has it: its content, and how often it has changed. */
export interface State {
  content: number;
  revision: number;
}

/** What an event says. */
export interface ModelEvent extends State {
  created: number;
}

/** An answer of Stripe to a request that read or changed the object. */
export interface ModelAnswer extends State {
  /** `Date` of the answer, whole seconds. */
  answeredAt: number;
  /** Whole seconds, rounded up, that the request took by our clock. */
  elapsedSeconds: number;
  /** False for the replay of an answer. */
  first: boolean;
}

/** What takes in events and makes changes; it tells the world what it writes. */
export interface Mirror {
  /** Handles an event as one worker does; it is called again for an event whose worker died. */
  receive(event: ModelEvent): void;
  /** Changes the object by a request of ours. */
  command(): void;
  /** The content of the row; null when there is none. */
  readonly content: number | null;
}

/** Stripe's object, the deliveries of its events, and what is found to be wrong in the mirror. */
export class World {
  readonly agenda = new Agenda();
  readonly stripe: State = { content: 0, revision: 0 };
  /** Writes of an older state over a newer one. */
  stepsBack = 0;
  events = 0;
  retrieves = 0;
  /** Events that were taken in with others, or could have been. */
  batched = 0;
  private mirrored = -1;
  private mirroredContent: number | null = null;

  constructor(
    readonly random: Random,
    readonly circumstances: Circumstances,
  ) {}

  /** Plans a whole history. */
  plan(mirror: Mirror): void {
    const { changes, own, gaps } = this.circumstances;
    let at = BEGIN + this.random.next();
    this.agenda.after(at, () => this.change(mirror));
    for (let count = 0; count < changes; count++) {
      at += drawGap(this.random, gaps);
      const byUs = this.random.chance(own);
      this.agenda.after(at, byUs ? () => mirror.command() : () => this.change(mirror));
    }
  }

  /** Changes the object and sends its event. */
  change(mirror: Mirror): void {
    this.stripe.revision += 1;
    this.stripe.content = this.nextContent();
    this.events += 1;
    const event = { ...this.stripe, created: this.stamp() };
    const times = this.random.chance(this.circumstances.duplicate) ? 2 : 1;
    for (let count = 0; count < times; count++) this.deliver(mirror, event);
  }

  deliver(mirror: Mirror, event: ModelEvent): void {
    const longest = this.random.pick([0.5, 0.5, 3, 20]);
    this.agenda.after(this.random.between(0, longest), () => mirror.receive(event));
  }

  /** Seconds that pass between two steps of a worker. */
  pause(): number {
    const longest = this.circumstances.longestPause;
    if (longest === 0) return this.random.between(0, 0.02);
    return this.random.between(0, this.random.pick([0.05, 0.05, 1, longest]));
  }

  /** Seconds from sending a request until Stripe does the work, and from then until its answer is there. */
  drawAnswer(): { before: number; after: number; dateAt: number } {
    const slowest = this.circumstances.slowestAnswer;
    const seconds = this.random.pick([Math.min(slowest, 0.3), slowest, this.random.between(0, slowest)]);
    const before = seconds * this.random.pick([0, 1, this.random.next()]);
    return { before, after: seconds - before, dateAt: seconds * this.random.pick([0, 1, this.random.next()]) };
  }

  /** A stamp of Stripe's clock, now or at another moment. */
  stamp(at: number = this.agenda.now): number {
    const { skew } = this.circumstances;
    return Math.floor(at + (skew === 0 ? 0 : this.random.pick([0, skew * 0.999, this.random.between(0, skew)])));
  }

  /** Told about each write of the row. */
  wrote(state: State): void {
    if (state.revision < this.mirrored && state.content !== this.mirroredContent) this.stepsBack += 1;
    this.mirrored = state.revision;
    this.mirroredContent = state.content;
  }

  /** Told when the row was found to say already what a snapshot says. */
  confirmed(revision: number): void {
    this.mirrored = Math.max(this.mirrored, revision);
  }

  /** Told how many events a batch took in. */
  tookIn(events: number): void {
    this.batched += events;
  }

  private nextContent(): number {
    const { contents, terminal } = this.circumstances;
    if (terminal && this.random.chance(0.2)) return TERMINAL;
    if (contents === 0) return this.stripe.revision;
    const content = Math.floor(this.random.next() * contents);
    return content === this.stripe.content ? (content + 1) % contents : content;
  }
}
