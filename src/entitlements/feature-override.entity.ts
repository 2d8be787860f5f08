import { Check, Column, Entity, Index } from 'typeorm';
import { type FeatureValue } from '../catalogue/catalogue.schema.js';
import { PayerRow } from './payer-row.js';

/** What an operator gave a payer of a feature, or took, whatever the plan says. */
@Entity()
@Index('feature_overrides_user_id_key', ['userId', 'feature'], { unique: true })
@Index('feature_overrides_organization_id_key', ['organizationId', 'feature'], { unique: true })
@Index('feature_overrides_until_idx', ['until'], { where: 'until IS NOT NULL' })
@Check('feature_overrides_payer_check', 'num_nonnulls(user_id, organization_id) = 1')
export class FeatureOverride extends PayerRow {
  @Column({ type: 'jsonb' })
  value!: FeatureValue;

  /** Null: until it is removed. */
  @Column({ type: 'timestamptz', nullable: true })
  until!: Date | null;

  @Column({ type: 'varchar', length: 500, nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
