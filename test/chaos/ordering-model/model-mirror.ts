import { type Rules } from './rules.js';
import { type Mirror, type ModelAnswer, type ModelEvent, TERMINAL, type World } from './world.js';

interface Row {
  content: number;
  version: number;
  asOfFrom: number;
  asOfTo: number;
}
type Bounds = Pick<Row, 'asOfFrom' | 'asOfTo'>;
/** Yields the seconds until its next step. */
type Process = Generator<number, void>;
const MAX_CRASHES = 2;
const MAX_STEPS = 5_000;

/** The algorithm of the projections over any rules, reduced to its steps so that millions of histories can be run. */
export class ModelMirror implements Mirror {
  private row: Row | null = null;

  constructor(
    private readonly world: World,
    private readonly rules: Rules,
  ) {}

  get content(): number | null {
    return this.row?.content ?? null;
  }

  receive(event: ModelEvent, crashes = 0): void {
    const diesAt = crashes < MAX_CRASHES ? this.world.circumstances.crash : 0;
    this.run(this.handle(event), diesAt, () => {
      this.world.agenda.after(this.world.random.between(0.1, 10), () => this.receive(event, crashes + 1));
    });
  }

  command(): void {
    this.run(this.change(), this.world.circumstances.crash, () => undefined);
  }

  private run(process: Process, crash: number, onCrash: () => void, steps = 0): void {
    if (steps > MAX_STEPS) throw new Error('a worker does not come to an end');
    if (crash > 0 && this.world.random.chance(crash)) return onCrash();
    const { done, value } = process.next();
    if (done !== true) this.world.agenda.after(value ?? 0, () => this.run(process, crash, onCrash, steps + 1));
  }

  private *handle(event: ModelEvent): Process {
    const { content, created } = event;
    const bounds = { asOfFrom: created, asOfTo: created };
    yield this.world.pause();
    for (;;) {
      const { row } = this;
      if (row === null) return this.write(event, bounds);
      yield this.world.pause();
      const freshness = { ...row, terminal: row.content === TERMINAL };
      const decision = this.rules.decide(freshness, created, content === TERMINAL, content === row.content);
      if (decision === 'outdated') return;
      if (decision === 'refresh') return yield* this.refresh();
      if (decision === 'confirm' && this.confirm(row, event)) return;
      if (decision === 'write' && this.mayWrite(row)) return this.write(event, bounds);
      yield this.world.pause();
    }
  }

  private *refresh(): Process {
    for (;;) {
      const { row } = this;
      yield this.world.pause();
      const answer = yield* this.ask(() => undefined);
      yield this.world.pause();
      if (this.mayWrite(row)) return this.write(answer, this.boundsOf(answer));
      yield this.world.pause();
    }
  }

  private *change(): Process {
    const { row } = this;
    yield this.world.pause();
    const answer = yield* this.ask(() => this.world.change(this));
    yield this.world.pause();
    if (this.world.random.chance(this.world.circumstances.replay)) return yield* this.repeat(answer);
    if (this.mayWrite(row)) return this.write(answer, this.boundsOf(answer));
    yield* this.refresh();
  }

  /** The process died after the answer; the same request is sent again and Stripe repeats what it answered. */
  private *repeat({ content, revision }: ModelAnswer): Process {
    yield this.world.random.between(0.1, 10);
    const { row } = this;
    const answer = { ...(yield* this.ask(() => undefined)), content, revision, first: false };
    yield this.world.pause();
    if (this.rules.trustsReplays && this.mayWrite(row)) return this.write(answer, this.boundsOf(answer));
    yield* this.refresh();
  }

  private *ask(work: () => void): Generator<number, ModelAnswer> {
    const { agenda } = this.world;
    const begin = agenda.now;
    const { before, after, dateAt } = this.world.drawAnswer();
    this.world.retrieves += 1;
    yield before;
    work();
    const state = { ...this.world.stripe };
    yield after;
    const answeredAt = this.world.stamp(begin + dateAt);
    if (this.world.random.chance(0.3)) yield this.world.pause();
    return { ...state, answeredAt, elapsedSeconds: Math.ceil(agenda.now - begin), first: true };
  }

  private boundsOf({ answeredAt, elapsedSeconds }: ModelAnswer): Bounds {
    return this.rules.boundsOfAnswer(answeredAt, elapsedSeconds);
  }

  private mayWrite(read: Row | null): boolean {
    if (!this.rules.compareAndSet) return true;
    return read === null ? this.row === null : this.row?.version === read.version;
  }

  private write(state: { content: number; revision: number }, bounds: Bounds): void {
    this.row = { content: state.content, version: (this.row?.version ?? 0) + 1, ...bounds };
    this.world.wrote(state);
  }

  private confirm(read: Row, { created, revision }: ModelEvent): boolean {
    const { confirmation } = this.rules;
    if (confirmation !== 'nothing') {
      if (!this.mayWrite(read)) return false;
      const version = read.version + (confirmation === 'version and bound' ? 1 : 0);
      this.row = { ...read, version, asOfTo: Math.max(read.asOfTo, created) };
    }
    this.world.confirmed(revision);
    return true;
  }
}
