import { Column, Entity, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Organization } from './organization.entity.js';

/** Somebody whom the host removed from an organization. Tokens that are older act for it no more. */
@Entity()
export class RemovedMember {
  @PrimaryColumn({ type: 'integer' })
  organizationId!: number;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE' })
  organization!: Relation<Organization>;

  /** The `sub` of the member's tokens. The member need not have been seen here. */
  @PrimaryColumn({ type: 'text' })
  externalId!: string;

  /** By PostgreSQL's clock. */
  @Column({ type: 'timestamptz' })
  removedAt!: Date;
}
