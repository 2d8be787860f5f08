import { Check, Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation, Unique } from 'typeorm';
import { Organization } from '../auth/organization.entity.js';
import { ServiceKey } from '../auth/service-key.entity.js';
import { User } from '../auth/user.entity.js';
import { CreatedRow } from '../database/rows.js';

/** The `Idempotency-Key` of a request and, once there is one, the response. Kept for 24 hours. */
@Entity()
@Unique(['userId', 'key'])
@Unique(['organizationId', 'key'])
@Unique(['serviceKeyId', 'key'])
@Check('idempotency_keys_payer_check', 'num_nonnulls(user_id, organization_id, service_key_id) = 1')
@Index(['createdAt'])
@Index(['leasedBy'], { where: 'leased_by IS NOT NULL' })
export class IdempotencyKey extends CreatedRow {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column({ type: 'integer', nullable: true })
  userId!: number | null;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  user!: Relation<User> | null;

  @Column({ type: 'integer', nullable: true })
  organizationId!: number | null;

  @ManyToOne(() => Organization, { onDelete: 'CASCADE' })
  organization!: Relation<Organization> | null;

  /** Of a service key that acts for no payer. */
  @Column({ type: 'integer', nullable: true })
  serviceKeyId!: number | null;

  @ManyToOne(() => ServiceKey, { onDelete: 'CASCADE' })
  serviceKey!: Relation<ServiceKey> | null;

  @Column({ type: 'varchar', length: 255 })
  key!: string;

  /** SHA-256 of method, path and body. */
  @Column({ type: 'char', length: 64 })
  requestHash!: string;

  /** While the request runs; null once it has its response. */
  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  /** The process that has the lease (ServiceProcess); null: unknown, the lease is held for its time. */
  @Column({ type: 'uuid', nullable: true })
  leasedBy!: string | null;

  /** The operation that the request began. */
  @Column({ name: 'intent_key', type: 'uuid', nullable: true })
  operationKey!: string | null;

  @Column({ type: 'integer', nullable: true })
  responseStatus!: number | null;

  /** The response without client secrets, which are fetched anew. */
  @Column({ type: 'jsonb', nullable: true })
  responseBody!: unknown;
}
