import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The one row that tells this database from the others that use the same Stripe account. */
@Entity('installation')
@Check('installation_only_check', '"only"')
export class Installation {
  @PrimaryColumn({ type: 'boolean', default: true })
  only!: boolean;

  /** Made at random by the migration; stands as `billing_instance` in the metadata of what is made at Stripe. */
  @Column({ type: 'uuid' })
  instanceId!: string;

  /** What the catalogue was that tier and group of the subscriptions were last derived from; null: none yet. */
  @Column({ type: 'char', length: 64, nullable: true })
  catalogueHash!: string | null;

  /** What the catalogue was in whole at the last start; null: none yet. */
  @Column({ type: 'char', length: 64, nullable: true })
  catalogueContentHash!: string | null;

  /** Until when what ends by time alone was told (see EntitlementEnds), by Stripe's clock. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  endsToldUntil!: Date;
}
