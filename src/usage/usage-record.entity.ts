import { Check, Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { CreatedRow } from '../database/rows.js';
import { Subscription } from '../subscriptions/subscription.entity.js';

/** What a subscription used. */
@Entity()
@Check('usage_records_quantity_check', 'quantity >= 0')
export class UsageRecord extends CreatedRow {
  @PrimaryGeneratedColumn()
  id!: number;

  @Index()
  @Column({ type: 'integer' })
  subscriptionId!: number;

  @ManyToOne(() => Subscription, { onDelete: 'RESTRICT' })
  subscription!: Relation<Subscription>;

  @Column({ type: 'integer' })
  quantity!: number;

  @Column({ type: 'varchar', length: 50 })
  action!: string;

  /** When the usage happened. */
  @Index()
  @Column({ type: 'timestamptz' })
  timestamp!: Date;

  @Column({ type: 'jsonb', nullable: true })
  metadata!: Record<string, string> | null;
}
