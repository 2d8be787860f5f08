import { type EntityManager } from 'typeorm';
import { findRows, updateRows } from '../database/returned-rows.js';
import { STRIPE_API_VERSION } from '../stripe/api-version.js';
import { type MirroredRow } from './mirrored-row.js';
import { type Columns, Projection, type Snapshot } from './projection.js';

/** A row that a batch is about to write. */
export interface BatchedWrite<Row, Source> {
  row: Row;
  /** The newest of what the snapshots show. */
  source: Source;
  columns: Columns<Row>;
}

/** A row that a batch has written: as it was, as it is, and what it was written from. */
export interface BatchedResult<Row, Source> extends BatchedWrite<Row, Source> {
  written: Row;
}

/** What the snapshots of one object come to. */
interface Outcome<Row, Source> {
  row: Row;
  /** Null where no snapshot says anything new. */
  write: Pick<BatchedWrite<Row, Source>, 'source' | 'columns'> | null;
  /** True where a snapshot says what the row says already, and how long that holds. */
  confirms: boolean;
  bounds: { asOfFrom: number; asOfTo: number };
  taken: Snapshot<Source>[];
}

/**
 * A projection that takes in many snapshots by a few statements. By the same rules as one by one: they are decided in memory
 * from rows that were read together, and a write succeeds only if nothing was written since. Whatever asks for more than
 * the write of a row that is there goes the single way.
 */
export abstract class BatchedProjection<
  Row extends MirroredRow,
  Source extends { id: string },
  Link = unknown,
> extends Projection<Row, Source, Link> {
  /** Links of the sources by their ids, from the tables alone; what is written together is locked. None: the single way. */
  protected abstract linkAll(manager: EntityManager, sources: readonly Source[]): Promise<ReadonlyMap<string, Link>>;

  /**
   * The writes for which nothing else is to be done before or after but what `afterAll` does, with the columns that follow
   * from other rows.
   */
  protected abstract plainWrites(
    manager: EntityManager,
    writes: readonly BatchedWrite<Row, Source>[],
  ): Promise<readonly BatchedWrite<Row, Source>[]>;

  /** Runs in the transaction after the rows were written: what belongs to them in other tables. */
  protected abstract afterAll(manager: EntityManager, results: readonly BatchedResult<Row, Source>[]): Promise<void>;

  /**
   * Takes in snapshots in the caller's transaction; nothing is asked of Stripe.
   * @returns those that were taken in; for the others nothing was done
   */
  async applyAll(manager: EntityManager, snapshots: readonly Snapshot<Source>[]): Promise<Set<Snapshot<Source>>> {
    const readable = snapshots.filter(
      ({ apiVersion, object }) => apiVersion === STRIPE_API_VERSION && !this.needsRefresh(object),
    );
    if (readable.length === 0) return new Set();
    const byObject = byStripeId(readable);
    const links = await this.linkAll(
      manager,
      readable.map(({ object }) => object),
    );
    const rows = await this.findAll(manager, [...byObject.keys()]);
    const outcomes = rows.flatMap((row) => {
      const id = String(row[this.stripeIdProperty]);
      const link = links.get(id);
      if (link === undefined || row.version === 0) return [];
      return [this.outcomeOf(row, link, byObject.get(id) ?? [])];
    });
    const unchanged = outcomes.filter(({ write }) => write === null);
    return new Set([...(await this.confirmAll(manager, unchanged)), ...(await this.writeAll(manager, outcomes))]);
  }

  /** What the snapshots come to, the newest first, so that older ones are found to be outdated. */
  private outcomeOf(row: Row, link: Link, snapshots: readonly Snapshot<Source>[]): Outcome<Row, Source> {
    let now = row;
    let write: Outcome<Row, Source>['write'] = null;
    let confirms = false;
    const taken: Snapshot<Source>[] = [];
    for (const snapshot of snapshots.toSorted((left, right) => right.created - left.created)) {
      const { object: source, created } = snapshot;
      const columns = this.columnsOf(source, link);
      const decision = this.decideFor(now, columns, created);
      if (decision === 'refresh') continue;
      taken.push(snapshot);
      if (decision === 'write') {
        now = { ...now, ...columns, asOfFrom: created, asOfTo: created };
        write = { source, columns };
      } else if (decision === 'confirm') {
        now = { ...now, asOfTo: Math.max(now.asOfTo, created) };
        confirms = true;
      }
    }
    return { row, write, confirms, bounds: { asOfFrom: now.asOfFrom, asOfTo: now.asOfTo }, taken };
  }

  /** Where the row says already what the snapshots say, or more. */
  private async confirmAll(
    manager: EntityManager,
    outcomes: readonly Outcome<Row, Source>[],
  ): Promise<Snapshot<Source>[]> {
    const confirmed = outcomes.filter(({ confirms }) => confirms);
    const written = await this.updateAll(
      manager,
      confirmed.map(({ row, bounds: { asOfTo } }) => {
        const values: Columns<MirroredRow> = { asOfTo, version: row.version + 1 };
        return { row, values };
      }),
    );
    return outcomes.filter(({ confirms, row }) => !confirms || written.has(row.id)).flatMap(({ taken }) => taken);
  }

  private async writeAll(
    manager: EntityManager,
    outcomes: readonly Outcome<Row, Source>[],
  ): Promise<Snapshot<Source>[]> {
    const byRow = new Map(outcomes.map((outcome) => [outcome.row.id, outcome]));
    const wanted = outcomes.flatMap(({ row, write }) => (write === null ? [] : [{ row, ...write }]));
    const plain = wanted.length === 0 ? [] : await this.plainWrites(manager, wanted);
    const written = await this.updateAll(
      manager,
      plain.map(({ row, columns }) => ({
        row,
        values: { ...columns, ...byRow.get(row.id)?.bounds, version: row.version + 1 } as Columns<Row>,
      })),
    );
    const results = plain.flatMap((write) => {
      const row = written.get(write.row.id);
      return row === undefined ? [] : [{ ...write, written: row }];
    });
    if (results.length === 0) return [];
    await this.afterAll(manager, results);
    await this.tell(manager, results);
    return results.flatMap(({ row }) => byRow.get(row.id)?.taken ?? []);
  }

  protected findAll(manager: EntityManager, stripeIds: readonly string[]): Promise<Row[]> {
    return findRows(manager, this.entity, this.stripeIdProperty, stripeIds);
  }

  /** The rows as they were changed, by our id; those that were written since they were read are not among them. */
  protected async updateAll(
    manager: EntityManager,
    changes: readonly { row: Row; values: Columns<Row> }[],
  ): Promise<ReadonlyMap<number, Row>> {
    const changed = await updateRows(manager, this.entity, changes);
    return new Map(changed.map((row) => [row.id, row]));
  }
}

function byStripeId<Source extends { id: string }>(
  snapshots: readonly Snapshot<Source>[],
): ReadonlyMap<string, readonly Snapshot<Source>[]> {
  const found = new Map<string, Snapshot<Source>[]>();
  for (const snapshot of snapshots) {
    const { id } = snapshot.object;
    found.set(id, [...(found.get(id) ?? []), snapshot]);
  }
  return found;
}
