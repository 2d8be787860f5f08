import { Check, Column, Entity, Index } from 'typeorm';
import { bigintAsNumber } from '../database/columns.js';
import { type EntitlementDto } from './dto/entitlement.dto.js';
import { PayerRow } from './payer-row.js';

/** A use of a feature by the key that its caller gave it: asked again, it is not counted again. */
@Entity()
@Index('feature_consumptions_user_id_key', ['userId', 'feature', 'key'], { unique: true })
@Index('feature_consumptions_organization_id_key', ['organizationId', 'feature', 'key'], { unique: true })
@Check('feature_consumptions_payer_check', 'num_nonnulls(user_id, organization_id) = 1')
export class FeatureConsumption extends PayerRow {
  @Column({ type: 'varchar', length: 255 })
  key!: string;

  @Column({ type: 'bigint', transformer: bigintAsNumber })
  amount!: number;

  @Column({ type: 'jsonb', nullable: true })
  answer!: EntitlementDto | null;

  @Index()
  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
