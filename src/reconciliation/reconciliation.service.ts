import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DataSource, In, MoreThan } from 'typeorm';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { WebhookEvent } from '../webhooks/webhook-event.entity.js';
import { AccountReader } from './account-reader.js';
import { type Drift, type DriftReport, isDrift, keyOf } from './drift-report.js';
import { CUSTOMERS, type Mirror, MIRRORS, type RepairableProjection } from './mirrors.js';
import { refusalOf } from './refusal.js';
import { RepairProgress } from './repair-progress.js';

export interface ReconciliationOptions {
  /** Repairs what differs through the projections, then compares again. Default false. */
  fix?: boolean;
  /**
   * Seconds that a difference must last: what Stripe changed a moment ago may not have been announced yet. Default 5; 0
   * only where nothing is under way.
   */
  graceSeconds?: number;
  /**
   * all: every object and row · light: the newest page of each list (of payment methods: those of the next customers) and
   * the next rows of each table, so that many light runs together see everything. Default all.
   */
  scope?: 'all' | 'light';
  /** Called after each page: the table and how many of its objects were compared. */
  onProgress?: (table: string, compared: number) => void;
}

/** Repairs that may bring further differences to light are followed by another look, at most so often. */
const MAX_PASSES = 4;
const ROWS_AT_ONCE = 500;
/** Rows of each table that a light run looks at, beside the newest objects at Stripe. */
const LIGHT_ROWS = 100;
const ANYWHERE = { strict: false };

/**
 * Compares every mirrored table with Stripe, field by field and in both directions. May run beside live traffic and as
 * often as one likes; without `fix` it writes nothing.
 */
@Injectable()
export class ReconciliationService {
  constructor(
    private readonly modules: ModuleRef,
    private readonly dataSource: DataSource,
    private readonly account: AccountReader,
    private readonly progress: RepairProgress,
  ) {}

  async reconcile(options: ReconciliationOptions = {}): Promise<DriftReport> {
    const first = await this.compareAll(options);
    if (options.fix !== true || first.drift.length === 0) return first;
    const found = new Map(first.drift.map((drift) => [keyOf(drift), drift]));
    let open = first.drift;
    for (let pass = 2; pass <= MAX_PASSES && open.some(({ error }) => error === undefined); pass++) {
      open = (await this.compareAll(options)).drift;
      for (const drift of open) if (!found.has(keyOf(drift))) found.set(keyOf(drift), drift);
    }
    const unsolved = new Set(open.map(keyOf));
    const drift: Drift[] = [];
    for (const [key, one] of found)
      drift.push({ ...one, fixed: !unsolved.has(key) && (options.scope !== 'light' || (await this.isSolved(one))) });
    return { ...first, drift };
  }

  /** Each pass of a light run looks at other rows, so that none need have seen whether a repair worked. */
  private async isSolved({ table, stripe_id: stripeId }: Drift): Promise<boolean> {
    const mirror = MIRRORS.find((one) => one.table === table);
    if (mirror === undefined) return false;
    const projection = this.modules.get(mirror.projection, ANYWHERE);
    return (await this.account.patiently(() => projection.check(stripeId))).state === 'equal';
  }

  private async compareAll(options: ReconciliationOptions): Promise<DriftReport> {
    const report: DriftReport = { checked: {}, pending: 0, drift: [] };
    const missing = new Set<string>();
    for (const mirror of MIRRORS) await this.compareTable(mirror, options, report, missing);
    return report;
  }

  private async compareTable(
    mirror: Mirror,
    options: ReconciliationOptions,
    report: DriftReport,
    missing: Set<string>,
  ): Promise<void> {
    const projection = this.modules.get(mirror.projection, ANYWHERE);
    const listed = new Set<string>();
    const suspects: string[] = [];
    const count = () => {
      report.checked[mirror.table] = listed.size;
      options.onProgress?.(mirror.table, listed.size);
    };
    count();
    const light = options.scope === 'light';
    for await (const page of light ? this.newest(mirror) : this.everything(mirror, missing)) {
      for (const { object } of page) {
        listed.add(object.id);
        const compare = () => projection.compare(object.id, object);
        if (isDrift(await this.account.patiently(compare), missing)) suspects.push(object.id);
      }
      count();
    }
    for await (const stripeId of light ? this.nextStoredIds(mirror, `light.${mirror.table}`) : this.storedIds(mirror)) {
      if (listed.has(stripeId)) continue;
      listed.add(stripeId);
      const check = () => projection.check(stripeId);
      if (isDrift(await this.account.patiently(check), missing)) suspects.push(stripeId);
    }
    count();
    if (suspects.length > 0) await this.account.pause(options.graceSeconds ?? 5);
    for (const stripeId of suspects) await this.confirm(mirror, projection, stripeId, options, report, missing);
  }

  /** Looks once more at what seemed to differ. */
  private async confirm(
    { table }: Mirror,
    projection: RepairableProjection,
    stripeId: string,
    { fix = false }: ReconciliationOptions,
    report: DriftReport,
    missing: Set<string>,
  ): Promise<void> {
    const comparison = await this.account.patiently(() => projection.check(stripeId));
    if (!isDrift(comparison, missing)) return;
    if (await this.isPending(stripeId)) {
      report.pending += 1;
      return;
    }
    const fields = comparison.state === 'different' ? comparison.fields : [];
    const kind = comparison.state === 'different' ? 'different' : 'missing';
    const refusal = fix ? await this.repair(projection, stripeId) : null;
    const error = refusal === null ? {} : { error: refusal };
    report.drift.push({ table, stripe_id: stripeId, kind, fields, fixed: false, ...error });
    if (kind === 'missing' && (!fix || refusal !== null)) missing.add(stripeId);
  }

  /** Returns why the tables refuse the object; null once it is written. */
  private async repair(projection: RepairableProjection, stripeId: string): Promise<string | null> {
    try {
      await this.account.patiently(() => projection.repair(stripeId));
      return null;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      return refusal;
    }
  }

  private isPending(objectId: string): Promise<boolean> {
    return this.dataSource.getRepository(WebhookEvent).existsBy({ objectId, state: In(['received', 'processing']) });
  }

  /** The payment methods of a customer without a row are listed by its Stripe id. */
  private async *everything(
    { kind }: Mirror,
    missing: ReadonlySet<string>,
  ): AsyncGenerator<StripeAnswer<{ id: string }>[]> {
    yield* this.account.pages(kind);
    if (kind !== 'payment_methods') return;
    for (const stripeCustomerId of [...missing].filter((id) => id.startsWith('cus_')))
      yield* this.account.paymentMethodsOf(stripeCustomerId);
  }

  /** Stripe lists payment methods by customer only: a light run takes those of the next customers. */
  private async *newest(mirror: Mirror): AsyncGenerator<StripeAnswer<{ id: string }>[]> {
    if (mirror.kind !== 'payment_methods') yield (await this.account.page(mirror.kind, null)).answers;
    else
      for await (const stripeCustomerId of this.nextStoredIds(CUSTOMERS, `light.${mirror.table}.customers`))
        yield* this.account.paymentMethodsOf(stripeCustomerId);
  }

  /** Stripe ids of all rows. */
  private async *storedIds(mirror: Mirror): AsyncGenerator<string> {
    for (let after = 0; ;) {
      const rows = await this.rowsAfter(mirror, after, ROWS_AT_ONCE);
      for (const { stripeId } of rows) if (stripeId !== null) yield stripeId;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** Stripe ids of the rows after those of the last light run; at the end of the table it begins anew. */
  private async *nextStoredIds(mirror: Mirror, name: string): AsyncGenerator<string> {
    const after = Number((await this.progress.find(name))?.cursor ?? 0);
    const rows = await this.rowsAfter(mirror, after, LIGHT_ROWS);
    for (const { stripeId } of rows) if (stripeId !== null) yield stripeId;
    const last = rows.length < LIGHT_ROWS ? undefined : rows.at(-1);
    await this.progress.save(name, { cursor: last === undefined ? null : String(last.id) });
  }

  private async rowsAfter(
    { entity, stripeIdProperty }: Mirror,
    after: number,
    take: number,
  ): Promise<{ id: number; stripeId: string | null }[]> {
    const rows = await this.dataSource.getRepository<{ id: number }>(entity).find({
      select: { id: true, [stripeIdProperty]: true },
      where: { id: MoreThan(after) },
      order: { id: 'ASC' },
      take,
    });
    return rows.map((row) => {
      const stripeId = (row as Record<string, unknown>)[stripeIdProperty];
      return { id: row.id, stripeId: typeof stripeId === 'string' ? stripeId : null };
    });
  }
}
