import { type EntityManager, QueryFailedError } from 'typeorm';
import { Transactions } from '../../../src/database/transactions.js';
import { type MirroredRow } from '../../../src/sync/mirrored-row.js';
import { BatchedProjection, type BatchedWrite } from '../../../src/sync/batched-projection.js';
import { type Columns, type Snapshot } from '../../../src/sync/projection.js';
import { STRIPE_API_VERSION } from '../../../src/stripe/api-version.js';
import { type StripeAnswer } from '../../../src/stripe/stripe-client.js';
import { type Mirror, type ModelEvent, type State, TERMINAL, type World } from './world.js';

interface Row extends MirroredRow {
  id: number;
  stripeId: string;
  content: number;
}
type Source = State & { id: string };
const STRIPE_ID = 'obj_1';
const MAX_CRASHES = 2;

/** The table that all workers share: one row at most. */
interface Table {
  row: Row | null;
}

/** An event that waits for the next batch, and how often its worker died. */
interface Held {
  event: ModelEvent;
  crashes: number;
}

/**
 * The real Projection over a table and a Stripe of the simulation. Each worker has an object of its own.
 * @param batched events that come in close to each other are taken in together, and by themselves where that fails
 */
export class ProjectionMirror implements Mirror {
  private readonly table: Table = { row: null };
  private held: Held[] = [];
  /** What went wrong in a worker: must stay empty. */
  readonly failures: unknown[] = [];

  constructor(
    private readonly world: World,
    private readonly batched: boolean,
  ) {}

  get content(): number | null {
    return this.table.row?.content ?? null;
  }

  receive(event: ModelEvent, crashes = 0): void {
    if (!this.batched) return this.receiveOne({ event, crashes });
    this.held.push({ event, crashes });
    if (this.held.length > 1) return;
    this.world.agenda.after(this.world.random.between(0, 3), () => {
      const batch = this.held;
      this.held = [];
      this.watch(this.receiveAll(batch));
    });
  }

  private receiveOne(held: Held): void {
    const { projection } = this.worker(held.event.revision, held.crashes < MAX_CRASHES, () => this.again(held));
    this.watch(projection.apply(snapshotOf(held.event)));
  }

  /** The events that a worker takes in together die together. */
  private async receiveAll(batch: readonly Held[]): Promise<void> {
    const crashes = Math.max(...batch.map((held) => held.crashes));
    const newest = Math.max(...batch.map(({ event }) => event.revision));
    const { projection, transactions } = this.worker(newest, crashes < MAX_CRASHES, () => {
      for (const { event } of batch) this.again({ event, crashes });
    });
    const entries = batch.map((held) => ({ held, snapshot: snapshotOf(held.event) }));
    const taken = await transactions.run((manager) =>
      projection.applyAll(
        manager,
        entries.map(({ snapshot }) => snapshot),
      ),
    );
    this.world.tookIn(taken.size);
    for (const { held, snapshot } of entries) if (!taken.has(snapshot)) this.receiveOne(held);
  }

  private again({ event, crashes }: Held): void {
    this.world.agenda.after(this.world.random.between(0.1, 10), () => this.receive(event, crashes + 1));
  }

  command(): void {
    this.watch(this.change());
  }

  private async change(): Promise<void> {
    const { life, projection, stripe } = this.worker(0, true, () => undefined);
    const ticket = await projection.beforeCommand(STRIPE_ID);
    await life.pause();
    const answer = await stripe.ask(() => this.world.change(this));
    await life.pause();
    if (!this.world.random.chance(this.world.circumstances.replay)) {
      await projection.applyAnswer(ticket, answer);
      return;
    }
    await life.wait(this.world.random.between(0.1, 10));
    const later = await projection.beforeCommand(STRIPE_ID);
    const replay = await stripe.ask(() => undefined);
    await projection.applyAnswer(later, { ...replay, object: answer.object, first: false });
  }

  private watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.failures.push(error));
  }

  private worker(revision: number, mortal: boolean, onDeath: () => void) {
    const life = new Life(this.world, mortal ? this.world.circumstances.crash : 0, onDeath);
    const stripe = new ModelStripe(this.world, life);
    const transactions = new ModelTransactions(this.world, this.table, life, revision);
    return { life, stripe, transactions, projection: new ModelProjection(transactions, stripe) };
  }
}

/** The time of one worker: between two steps it may stand still, or die and never come back. */
class Life {
  constructor(
    private readonly world: World,
    private readonly crash: number,
    private readonly onDeath: () => void,
  ) {}

  pause(): Promise<void> {
    return this.wait(this.world.pause());
  }

  wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.agenda.after(seconds, () => {
        if (this.crash > 0 && this.world.random.chance(this.crash)) this.onDeath();
        else resolve();
      });
    });
  }
}

class ModelStripe {
  constructor(
    private readonly world: World,
    private readonly life: Life,
  ) {}

  async ask(work: () => void): Promise<StripeAnswer<Source>> {
    const begin = this.world.agenda.now;
    const { before, after, dateAt } = this.world.drawAnswer();
    this.world.retrieves += 1;
    await this.life.wait(before);
    work();
    const object = { id: STRIPE_ID, ...this.world.stripe };
    await this.life.wait(after);
    const answeredAt = this.world.stamp(begin + dateAt);
    if (this.world.random.chance(0.3)) await this.life.pause();
    return { object, answeredAt, elapsedSeconds: Math.ceil(this.world.agenda.now - begin), first: true };
  }
}

/** Reads and writes are moments of their own, as in READ COMMITTED; a write and its commit are one moment. */
class ModelTransactions extends Transactions {
  private readonly manager: EntityManager;

  constructor(
    private readonly world: World,
    private readonly table: Table,
    private readonly life: Life,
    private readonly revision: number,
  ) {
    super(undefined as never);
    this.manager = {
      findOneBy: () => this.findOneBy(),
      insert: (_entity: unknown, values: Row & Source) => this.insert(values),
      update: (_entity: unknown, where: { version: number }, values: Partial<Row & Source>) =>
        this.update(where, values),
    } as unknown as EntityManager;
  }

  override withoutTransaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.run(work);
  }

  override async run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    await this.life.pause();
    return work(this.manager);
  }

  private async findOneBy(): Promise<Row | null> {
    const found = this.table.row === null ? null : { ...this.table.row };
    await this.life.pause();
    return found;
  }

  private insert(values: Row & Source): Promise<{ identifiers: { id: number }[] }> {
    if (this.table.row !== null) throw new QueryFailedError('insert', [], uniqueViolation());
    this.write(values, { id: 1, stripeId: STRIPE_ID });
    return Promise.resolve({ identifiers: [{ id: 1 }] });
  }

  private update(where: { version: number }, values: Partial<Row & Source>): Promise<{ affected: number }> {
    const { row } = this.table;
    if (row === null || row.version !== where.version) return Promise.resolve({ affected: 0 });
    if (values.content === undefined) {
      this.table.row = { ...row, ...values };
      this.world.confirmed(this.revision);
    } else this.write(values as Row & Source, row);
    return Promise.resolve({ affected: 1 });
  }

  private write({ [REVISION]: revision, ...values }: Row & Source & { [REVISION]?: number }, row: object): void {
    this.table.row = { ...row, ...values };
    this.world.wrote({ content: values.content, revision: revision ?? 0 });
  }
}

/** Goes with the columns for the judge to see; the projection, which compares columns by name, does not see it. */
const REVISION = Symbol('revision');

class ModelProjection extends BatchedProjection<Row, Source> {
  protected readonly entity = 'rows';
  protected readonly stripeIdProperty = 'stripeId';

  constructor(
    transactions: Transactions,
    private readonly stripe: ModelStripe,
  ) {
    super(transactions);
  }

  protected retrieve(): Promise<StripeAnswer<Source>> {
    return this.stripe.ask(() => undefined);
  }

  protected link(): Promise<null> {
    return Promise.resolve(null);
  }

  protected linkAll(_manager: EntityManager, sources: readonly Source[]): Promise<ReadonlyMap<string, null>> {
    return Promise.resolve(new Map(sources.map(({ id }) => [id, null])));
  }

  protected plainWrites(
    _manager: EntityManager,
    writes: readonly BatchedWrite<Row, Source>[],
  ): Promise<readonly BatchedWrite<Row, Source>[]> {
    return Promise.resolve(writes);
  }

  protected afterAll(): Promise<void> {
    return Promise.resolve();
  }

  protected override async findAll(manager: EntityManager): Promise<Row[]> {
    const row = await manager.findOneBy<Row>(this.entity, {});
    return row === null ? [] : [row];
  }

  protected override async updateAll(
    manager: EntityManager,
    changes: readonly { row: Row; values: Columns<Row> }[],
  ): Promise<ReadonlyMap<number, Row>> {
    const [change] = changes;
    const row = change === undefined ? null : await this.update(manager, change.row, change.values);
    return new Map(row === null ? [] : [[row.id, row]]);
  }

  protected override async insert(manager: EntityManager, values: Columns<Row>): Promise<Row> {
    await manager.insert(this.entity, values);
    return values as Row;
  }

  protected override async update(manager: EntityManager, row: Row, values: Columns<Row>): Promise<Row | null> {
    const { affected } = await manager.update(this.entity, { id: row.id, version: row.version }, values);
    return affected === 1 ? ({ ...row, ...values } as Row) : null;
  }

  protected toColumns({ content, revision }: Source): Columns<Row> {
    return { content, [REVISION]: revision } as Columns<Row>;
  }

  /** The model has no table whose columns could be too small; its mark is no column at all. */
  protected override columnsOf(source: Source): Columns<Row> {
    return this.toColumns(source);
  }

  protected isTerminal(content: Columns<Row>): boolean {
    return content.content === TERMINAL;
  }

  protected goneColumns(): Columns<Row> {
    return {};
  }
}

function uniqueViolation(): Error {
  return Object.assign(new Error('duplicate key'), { code: '23505' });
}

function snapshotOf({ content, revision, created }: ModelEvent): Snapshot<Source> {
  return { object: { id: STRIPE_ID, content, revision }, created, apiVersion: STRIPE_API_VERSION };
}
