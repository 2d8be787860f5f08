import { type EntityManager, type EntityTarget, type FindOptionsWhere, type QueryDeepPartialEntity } from 'typeorm';
import { insertRow, updateRow } from '../database/returned-rows.js';
import { type Transactions, sqlState } from '../database/transactions.js';
import { STRIPE_API_VERSION } from '../stripe/api-version.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { type Comparison, differences, Unlinked } from './comparison.js';
import { sameContent } from './content.js';
import { boundsOfAnswer, decide } from './freshness.js';
import { type MirroredRow } from './mirrored-row.js';
import { storableColumns } from './storable-columns.js';
import { type Told, type WriteListeners } from './write-listeners.js';

/**
 * What became of a snapshot or an answer. `read`: Stripe was asked for it after the caller had begun, so that it covers
 * everything that had happened to the object until then. `stripeCustomerId`: the customer that the object belongs to, where that is why.
 */
export type Outcome = (
  { state: 'applied' } | { state: 'ignored'; reason: IgnoredReason; stripeCustomerId?: string | null }
) & { read?: true };
/**
 * unlinked_customer: the Stripe customer is linked to no user (yet) · foreign_customer: its user has another Stripe
 * customer · other_instance: the customer is another installation's, on the same Stripe account · gone: the object no longer exists and never had a row.
 */
export type IgnoredReason = 'unlinked_customer' | 'foreign_customer' | 'other_instance' | 'gone';

/** An outcome with the row as it stands now; null where there is none. */
export type Taken<Row> = Outcome & { row: Row | null };

/** Runs in the transaction of the write, so that both happen or neither: it settles an event, finishes an operation. */
export type OnCommit = (manager: EntityManager, outcome: Outcome) => Promise<void>;

/** For what no event and no operation waits for. */
export const NOTHING_ON_COMMIT: OnCommit = () => Promise.resolve();

/** The object of an event, as Stripe sent it. */
export interface Snapshot<Source> {
  object: Source;
  /** `created` of the event: seconds, Stripe's clock. */
  created: number;
  /** `api_version` of the event; another one than ours is never mapped but read anew. */
  apiVersion: string | null;
  /** True: where the stamps do not tell the order, Unclear is thrown instead of asking Stripe at once. Default false. */
  mayWait?: boolean;
}

/** State of a row before a call of ours changes the object at Stripe. */
export interface Ticket {
  stripeId: string | null;
  version: number | null;
}

/** Content of a row, without the columns that the database or the algorithm keeps. */
export type Columns<Row> = QueryDeepPartialEntity<Row> & object;

type Bounds = { asOfFrom: number; asOfTo: number };
const MAX_TRIES = 5;
const UNIQUE_VIOLATION = '23505';
const APPLIED: Outcome = { state: 'applied' };
const APPLIED_AS_READ: Outcome = { state: 'applied', read: true };

/** Says why an object gets no row, and which customer it waits for. */
export class Ignored {
  constructor(
    readonly reason: IgnoredReason,
    readonly stripeCustomerId: string | null = null,
  ) {}

  get outcome(): Outcome {
    return { state: 'ignored', reason: this.reason, stripeCustomerId: this.stripeCustomerId };
  }
}

/** Thrown inside a write to have another row of the same table read anew first; the write is then tried again. */
export class RefreshFirst extends Error {
  constructor(readonly stripeId: string) {
    super('Another row must be refreshed first');
  }
}

/** Thrown for a snapshot that may wait: Stripe must be asked, and asking a little later may cover other events too. */
export class Unclear extends Error {
  override readonly name = 'Unclear';
}

/**
 * The one door from Stripe to one table. It keeps the newest state whatever the order in which events and answers come
 * in, without locks and without trusting our own clock: a write succeeds only if nothing was written since its row was
 * read (compare-and-set on `version`), and the bounds say honestly what is not known.
 *
 * `Link` is what a subclass must know of other tables before it can write (the owner's row, for example).
 */
export abstract class Projection<Row extends MirroredRow, Source extends { id: string }, Link = unknown> {
  protected abstract readonly entity: EntityTarget<Row>;
  /** Property of the entity that holds the Stripe id. */
  protected abstract readonly stripeIdProperty: keyof Row & string;

  /** @param listeners who hears of the writes; default: nobody */
  protected constructor(
    protected readonly transactions: Transactions,
    private readonly listeners: WriteListeners | null = null,
  ) {}

  /** Reads the object at Stripe; null when it is gone. */
  protected abstract retrieve(stripeId: string): Promise<StripeAnswer<Source | null>>;
  /**
   * Finds what the row points at, outside of any transaction (it may ask Stripe); Ignored when there is no row to be.
   * @param trustsRow false: the row may hold a link that is wrong, so that Stripe is asked for it again
   */
  protected abstract link(source: Source, trustsRow: boolean): Promise<Link | Ignored>;
  /** The row's content, whatever the columns can hold of it: `columnsOf` sees to that. Pure. */
  protected abstract toColumns(source: Source, link: Link): Columns<Row>;
  /** True for a state that Stripe never leaves. */
  protected abstract isTerminal(content: Columns<Row> | Row): boolean;
  /** Content of the row when the object no longer exists at Stripe. */
  protected abstract goneColumns(row: Row): Columns<Row>;

  /** The same as `link`, but it writes nothing; to be overridden where `link` may bring another row about. */
  protected async peekLink(source: Source): Promise<Link | Unlinked> {
    const link = await this.link(source, true);
    return link instanceof Ignored ? new Unlinked(null) : link;
  }

  /** The row's content as the columns can hold it. */
  protected columnsOf(source: Source, link: Link): Columns<Row> {
    return storableColumns(this.entity, this.toColumns(source, link));
  }

  /** Columns that follow from other rows; `columns` is what Stripe says. */
  protected derivedColumns(_manager: EntityManager, _row: Row | null, _columns: Columns<Row>): Promise<Columns<Row>> {
    return Promise.resolve({} as Columns<Row>);
  }

  /** Runs in the transaction before the row is written; may change other rows, or throw RefreshFirst. */
  protected beforeWrite(_manager: EntityManager, _write: PendingWrite<Row, Source>): Promise<Columns<Row>> {
    return Promise.resolve({} as Columns<Row>);
  }

  /**
   * Runs in the transaction after the row was written: links that now resolve, follow-up operations. What it changes in
   * the row itself, it changes in `row` too.
   */
  protected afterWrite(_manager: EntityManager, _row: Row, _source: Source | null): Promise<void> {
    return Promise.resolve();
  }

  /** What listeners hear of a row; null: nothing. */
  protected told(_row: Row): Told | null {
    return null;
  }

  /** True when a snapshot cannot be taken as it is, beside the reasons that hold for every table. */
  protected needsRefresh(source: Source): boolean {
    return 'test_clock' in source && source.test_clock !== null && source.test_clock !== undefined;
  }

  /**
   * Takes in the snapshot of an event. `onCommit` runs in the same transaction as the effect, exactly once.
   * @throws Unclear when the snapshot may wait and its order is not known; nothing was done then
   */
  async apply(snapshot: Snapshot<Source>, onCommit: OnCommit = NOTHING_ON_COMMIT): Promise<Taken<Row>> {
    const { object, created } = snapshot;
    if (snapshot.apiVersion !== STRIPE_API_VERSION || this.needsRefresh(object))
      return this.refresh(object.id, onCommit);
    const link = await this.link(object, true);
    if (link instanceof Ignored) return this.commitOnly(onCommit, link.outcome);
    const columns = this.columnsOf(object, link);
    const bounds = { asOfFrom: created, asOfTo: created };
    const result = await this.retryOnConflict((refreshed) =>
      this.transactions.run(async (manager): Promise<{ row: Row | null } | 'refresh' | 'again'> => {
        const row = await this.find(manager, object.id, link);
        const known = this.versionOf(row, object.id) !== null;
        const decision = row === null || !known ? 'write' : this.decideFor(row, columns, created);
        if (decision === 'refresh') return 'refresh';
        let now = row;
        if (decision === 'write') now = await this.write(manager, { row, source: object, columns, bounds, refreshed });
        else if (row !== null && decision === 'confirm') now = await this.confirm(manager, row, created);
        if (now === null && decision !== 'outdated') return 'again';
        await onCommit(manager, APPLIED);
        return { row: now };
      }),
    );
    if (result !== 'refresh') return { ...APPLIED, ...result };
    if (snapshot.mayWait === true) throw new Unclear('The order of the event is not known');
    return this.refresh(object.id, onCommit);
  }

  /** Reads the object at Stripe and writes what it says. */
  refresh(stripeId: string, onCommit: OnCommit = NOTHING_ON_COMMIT): Promise<Taken<Row>> {
    return this.read(stripeId, onCommit, true);
  }

  private async read(stripeId: string, onCommit: OnCommit, trustsRow: boolean): Promise<Taken<Row>> {
    for (;;) {
      const ticket = await this.beforeCommand(stripeId);
      const answer = await this.retrieve(stripeId);
      const outcome = await this.writeAnswer(ticket, stripeId, answer, onCommit, trustsRow);
      if (outcome !== null) return outcome;
    }
  }

  /** To be called before a request of ours changes the object; `applyAnswer` needs it. null: the object is yet to be made. */
  async beforeCommand(stripeId: string | null): Promise<Ticket> {
    if (stripeId === null) return { stripeId, version: null };
    const row = await this.transactions.withoutTransaction((manager) => this.find(manager, stripeId, null));
    return { stripeId, version: this.versionOf(row, stripeId) };
  }

  /**
   * Takes in Stripe's answer to a request of ours. An answer that may be older than it looks (a replay, a retry) or that
   * was overtaken is thrown away and the object read anew.
   */
  async applyAnswer(
    ticket: Ticket,
    answer: StripeAnswer<Source>,
    onCommit: OnCommit = NOTHING_ON_COMMIT,
  ): Promise<Taken<Row>> {
    const stripeId = answer.object.id;
    if (answer.first && !this.needsRefresh(answer.object)) {
      const outcome = await this.writeAnswer(ticket, stripeId, answer, onCommit);
      if (outcome !== null) return outcome;
    }
    return this.refresh(stripeId, onCommit);
  }

  /**
   * Takes in an object of one of Stripe's lists. Rows are never removed, so one that is not there now was not there when
   * the list was asked for.
   */
  async applyListed(answer: StripeAnswer<Source>): Promise<Outcome> {
    const { object } = answer;
    if (!this.needsRefresh(object)) {
      if ((await this.compare(object.id, object)).state === 'equal') return APPLIED;
      const outcome = await this.writeAnswer(
        { stripeId: object.id, version: null },
        object.id,
        answer,
        NOTHING_ON_COMMIT,
      );
      if (outcome !== null) return outcome;
    }
    return this.refresh(object.id);
  }

  /** Writes what Stripe says, also where a refresh would trust the row. */
  repair(stripeId: string): Promise<Outcome> {
    return this.read(stripeId, NOTHING_ON_COMMIT, false);
  }

  /** Reads the object at Stripe and compares; a row that is written meanwhile is compared once more. */
  async check(stripeId: string): Promise<Comparison> {
    for (;;) {
      const { version } = await this.beforeCommand(stripeId);
      const { object } = await this.retrieve(stripeId);
      const comparison = await this.compare(stripeId, object);
      if ((await this.beforeCommand(stripeId)).version === version) return comparison;
    }
  }

  /**
   * Compares the row with what Stripe says of its object, field by field; writes nothing.
   * @param source null: Stripe does not know the object any more
   */
  async compare(stripeId: string, source: Source | null): Promise<Comparison> {
    const link = source === null ? null : await this.peekLink(source);
    return this.transactions.run(async (manager): Promise<Comparison> => {
      const row = await manager.findOneBy(this.entity, { [this.stripeIdProperty]: stripeId } as FindOptionsWhere<Row>);
      if (link instanceof Unlinked) return { state: 'unlinked', waitsFor: link.waitsFor };
      if (row === null) return source === null ? { state: 'equal' } : { state: 'missing' };
      const columns = source === null ? this.goneColumns(row) : this.columnsOf(source, link as Link);
      const expected = { ...columns, ...(await this.derivedColumns(manager, row, columns)) };
      const metadata = manager.connection.getMetadata(this.entity);
      const nameOf = (name: string) => metadata.findColumnWithPropertyName(name)?.databaseName ?? name;
      const fields = differences(row, expected, nameOf);
      return fields.length === 0 ? { state: 'equal' } : { state: 'different', fields };
    });
  }

  /** Writes an answer if the row still is as the ticket says; null when it is not. */
  private async writeAnswer(
    ticket: Ticket,
    stripeId: string,
    answer: StripeAnswer<Source | null>,
    onCommit: OnCommit,
    trustsRow = true,
  ): Promise<Taken<Row> | null> {
    const source = answer.object;
    const link = source === null ? null : await this.link(source, trustsRow);
    if (link instanceof Ignored) return this.commitOnly(onCommit, { ...link.outcome, read: true });
    const bounds = boundsOfAnswer(answer.answeredAt, answer.elapsedSeconds);
    const result = await this.retryOnConflict((refreshed) =>
      this.transactions.run(async (manager) => {
        const row = await this.find(manager, stripeId, link);
        if (this.versionOf(row, stripeId) !== ticket.version) return { stale: true as const };
        if (source === null && row === null)
          return this.taken(manager, onCommit, { state: 'ignored', reason: 'gone', read: true }, null);
        const columns = source === null ? this.goneColumns(row as Row) : this.columnsOf(source, link as Link);
        const written = await this.write(manager, { row, source, columns, bounds, refreshed });
        return written === null ? { stale: true as const } : this.taken(manager, onCommit, APPLIED_AS_READ, written);
      }),
    );
    return 'stale' in result ? null : result;
  }

  private async taken(
    manager: EntityManager,
    onCommit: OnCommit,
    outcome: Outcome,
    row: Row | null,
  ): Promise<Taken<Row>> {
    await onCommit(manager, outcome);
    return { ...outcome, row };
  }

  private async commitOnly(onCommit: OnCommit, outcome: Outcome): Promise<Taken<Row>> {
    if (onCommit !== NOTHING_ON_COMMIT) await this.transactions.run((manager) => onCommit(manager, outcome));
    return { ...outcome, row: null };
  }

  /** Repeats a transaction that lost a race: 'again', a unique id inserted meanwhile, or another row to refresh first. */
  private async retryOnConflict<Result>(
    attempt: (refreshed: ReadonlySet<string>) => Promise<Result | 'again'>,
  ): Promise<Exclude<Result, 'again'>> {
    const refreshed = new Set<string>();
    for (let tries = 1; ; tries++) {
      try {
        const result = await attempt(refreshed);
        if (result !== 'again') return result as Exclude<Result, 'again'>;
      } catch (error) {
        if (error instanceof RefreshFirst && !refreshed.has(error.stripeId)) {
          refreshed.add(error.stripeId);
          await this.refresh(error.stripeId);
        } else if (sqlState(error) !== UNIQUE_VIOLATION || tries >= MAX_TRIES) throw error;
      }
    }
  }

  /** The row of the object, if there is one. `link`: what it points at, where that is known already. */
  protected find(manager: EntityManager, stripeId: string, _link: Link | null): Promise<Row | null> {
    return manager.findOneBy(this.entity, { [this.stripeIdProperty]: stripeId } as FindOptionsWhere<Row>);
  }

  /** Version of what Stripe said of this object; a row that stood for nothing or for another object counts as none. */
  private versionOf(row: Row | null, stripeId: string): number | null {
    return row === null || row.version === 0 || row[this.stripeIdProperty] !== stripeId ? null : row.version;
  }

  protected decideFor(row: Row, columns: Columns<Row>, created: number): ReturnType<typeof decide> {
    const freshness = { asOfFrom: row.asOfFrom, asOfTo: row.asOfTo, terminal: this.isTerminal(row) };
    return decide(freshness, created, this.isTerminal(columns), sameContent(row, columns));
  }

  private async confirm(manager: EntityManager, row: Row, created: number): Promise<Row | null> {
    const values: Columns<MirroredRow> = { asOfTo: Math.max(row.asOfTo, created), version: row.version + 1 };
    return this.update(manager, row, values);
  }

  /** Writes the row where nothing was written since it was read, and returns it; null when something was. */
  private async write(manager: EntityManager, write: PendingWrite<Row, Source>): Promise<Row | null> {
    const { row, source, columns, bounds } = write;
    const extra = await this.beforeWrite(manager, write);
    const version = (row?.version ?? 0) + 1;
    const values = { ...columns, ...extra, ...bounds, version } as Columns<Row>;
    const written = row === null ? await this.insert(manager, values) : await this.update(manager, row, values);
    if (written === null) return null;
    await this.afterWrite(manager, written, source);
    await this.tell(manager, [{ row, written }]);
    return written;
  }

  /** @param writes each row as it was, null where there was none, and as it is */
  protected async tell(manager: EntityManager, writes: readonly { row: Row | null; written: Row }[]): Promise<void> {
    const heard = writes.flatMap(({ row, written }) => {
      const told = this.told(written);
      // A row that stood for nothing at Stripe yet shows nothing either.
      const before = row === null || row.version === 0 ? null : (this.told(row)?.facts ?? null);
      return told === null ? [] : [{ ...told, before }];
    });
    await this.listeners?.tell(manager, heard);
  }

  protected insert(manager: EntityManager, values: Columns<Row>): Promise<Row> {
    return insertRow(manager, this.entity, values);
  }

  /** The row as it was changed; null when it was written since it was read. */
  protected update(manager: EntityManager, row: Row, values: Columns<Row>): Promise<Row | null> {
    return updateRow(manager, this.entity, { id: row.id, version: row.version } as FindOptionsWhere<Row>, values);
  }
}

/** A write that is about to happen. */
export interface PendingWrite<Row, Source> {
  row: Row | null;
  /** null: the object is gone at Stripe. */
  source: Source | null;
  columns: Columns<Row>;
  bounds: Bounds;
  /** Stripe ids of the other rows that were read anew for this write (see RefreshFirst). */
  refreshed: ReadonlySet<string>;
}
