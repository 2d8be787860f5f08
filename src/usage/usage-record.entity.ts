import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { Subscription } from '../subscriptions/subscription.entity.js';

/** What a subscription used. */
@Entity('usage_records')
@Check('usage_records_quantity_check', 'quantity >= 0')
export class UsageRecord {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'usage_records_pkey' })
  id!: number;

  @Index('usage_records_subscription_id_idx')
  @Column({ name: 'subscription_id', type: 'integer' })
  subscriptionId!: number;

  @ManyToOne(() => Subscription, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'subscription_id', foreignKeyConstraintName: 'usage_records_subscription_id_fkey' })
  subscription!: Relation<Subscription>;

  @Column({ type: 'integer' })
  quantity!: number;

  @Column({ type: 'varchar', length: 50 })
  action!: string;

  /** When the usage happened. */
  @Index('usage_records_timestamp_idx')
  @Column({ type: 'timestamptz' })
  timestamp!: Date;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
