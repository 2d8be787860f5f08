import { Check, Column, Entity, Index } from 'typeorm';
import { bigintAsNumber } from '../database/columns.js';
import { PayerRow } from './payer-row.js';

/** How much of a feature a payer has used since it last counted anew. */
@Entity('feature_usage')
@Index('feature_usage_user_id_key', ['userId', 'feature', 'periodStart'], { unique: true })
@Index('feature_usage_organization_id_key', ['organizationId', 'feature', 'periodStart'], { unique: true })
@Index('feature_usage_resets_at_idx', ['resetsAt'], { where: 'resets_at IS NOT NULL' })
@Check('feature_usage_payer_check', 'num_nonnulls(user_id, organization_id) = 1')
@Check('feature_usage_used_check', 'used >= 0')
export class FeatureUsage extends PayerRow {
  @Column({ type: 'timestamptz' })
  periodStart!: Date;

  @Column({ type: 'bigint', default: 0, transformer: bigintAsNumber })
  used!: number;

  /** The limit that was told as reached in this period. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintAsNumber })
  toldLimit!: number | null;

  /** When it counts anew, where a limit was reached and the calendar alone says so. */
  @Column({ type: 'timestamptz', nullable: true })
  resetsAt!: Date | null;
}
