import { Injectable } from '@nestjs/common';
import { parsePayerName } from '../../auth/payer-name.js';
import { BillingError } from '../../common/billing-error.js';
import { PayerLink } from '../../payers/payer-link.js';
import { type BackfillReport, BackfillService } from '../backfill.service.js';
import { MIRRORS } from '../mirrors.js';
import { refusalOf } from '../refusal.js';
import { RepairProgress } from '../repair-progress.js';
import { type ImportLine, planImport } from './import-plan.js';
import { ImportReader, type ImportRules, READING_STEPS, type SeenCustomer } from './import-reader.js';

const LINKS = 'links';
/** What an import does one after the other: it reads, it links, it takes table after table in. */
export const IMPORT_STEPS: readonly string[] = [...READING_STEPS, LINKS, ...MIRRORS.map(({ table }) => table)];

/** Called as it goes on: the step, and how many are done. */
export type OnImportProgress = (step: string, done: number) => void;

/** What came of an import, or would. */
export interface ImportResult {
  lines: ImportLine[];
  /** What was taken in; null: nothing was to be, or it is a proposal. */
  takenIn: BackfillReport | null;
}

/** The row of `repair_progress` that says: customers are linked of which not everything was taken in. */
const NAME = 'import';
/** Customers that are linked at the same time. */
const CONCURRENCY = 4;

/**
 * Brings the customers of an existing account in: whose each one is, then everything that it has, through the doors that
 * backfill and webhooks use. At Stripe it only reads.
 */
@Injectable()
export class AccountImport {
  constructor(
    private readonly reader: ImportReader,
    private readonly links: PayerLink,
    private readonly backfill: BackfillService,
    private readonly progress: RepairProgress,
  ) {}

  /** What would be done; writes nothing. */
  async propose(rules: ImportRules, onProgress: OnImportProgress): Promise<ImportResult> {
    const { lines } = await this.plan(rules, onProgress);
    return { lines, takenIn: null };
  }

  /**
   * Does it. Killed at any point and run again, it ends the same: who is linked is linked, and the taking in resumes where it
   * stopped.
   */
  async apply(rules: ImportRules, onProgress: OnImportProgress): Promise<ImportResult> {
    const { lines, customers } = await this.plan(rules, onProgress);
    const hasNew = lines.some(({ verdict }) => verdict === 'will_link');
    if (!hasNew && (await this.progress.find(NAME)) === null) return { lines, takenIn: null };
    await this.progress.save(NAME, { cursor: null });
    // An earlier run may have stopped past the lists that the new ones are in.
    if (hasNew) await this.backfill.forget();
    const done = await this.linkAll(lines, customers, onProgress);
    const takenIn = await this.backfill.run({ onProgress });
    await this.progress.forget(NAME);
    return { lines: done, takenIn };
  }

  private async plan(rules: ImportRules, onProgress: OnImportProgress) {
    const { candidates, customers } = await this.reader.read(rules, onProgress);
    return { lines: planImport(candidates, await this.reader.knownHere()), customers };
  }

  private async linkAll(
    lines: readonly ImportLine[],
    customers: ReadonlyMap<string, SeenCustomer>,
    onProgress: OnImportProgress,
  ): Promise<ImportLine[]> {
    const done = [...lines];
    const rest = lines.flatMap((line, place) => (line.verdict === 'will_link' ? [{ line, place }] : []));
    let handled = 0;
    const worker = async () => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
        done[next.place] = await this.link(next.line, customers.get(next.line.stripe_customer_id));
        onProgress(LINKS, ++handled);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return done;
  }

  private async link(line: ImportLine, customer: SeenCustomer | undefined): Promise<ImportLine> {
    const payer = line.payer === null ? null : parsePayerName(line.payer);
    if (payer === null || customer === undefined) throw new Error('A line that is to be linked names nobody');
    try {
      const isNew = await this.links.import(payer, customer, line.rule ?? 'map');
      return { ...line, verdict: isNew ? 'linked' : 'already_linked' };
    } catch (error) {
      const refusal = error instanceof BillingError ? error.code : refusalOf(error);
      if (refusal === null) throw error;
      return { ...line, verdict: 'refused', error: refusal };
    }
  }
}
