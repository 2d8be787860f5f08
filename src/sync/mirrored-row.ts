import { Column } from 'typeorm';
import { bigintAsNumber } from '../database/columns.js';
import { NumberedRow } from '../database/rows.js';

/**
 * Columns of every row that mirrors an object of Stripe. Together they tell how fresh the row is, so that snapshots may
 * arrive in any order (see projection.ts).
 */
export abstract class MirroredRow extends NumberedRow {
  /** Raised by one at each decision that writes or confirms the row. 0: nothing of Stripe has been written yet. */
  @Column({ type: 'integer', default: 0 })
  version!: number;

  /** The row reflects everything that Stripe stamped before this second (seconds since 1970, Stripe's clock). */
  @Column({ type: 'bigint', default: 0, transformer: bigintAsNumber })
  asOfFrom!: number;

  /** The row holds nothing that Stripe stamped after this second (seconds since 1970, Stripe's clock). */
  @Column({ type: 'bigint', default: 0, transformer: bigintAsNumber })
  asOfTo!: number;
}
