import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type OutgoingEventType } from './event-types.js';

/** Where events are delivered. */
@Entity()
export class OutgoingEndpoint {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'varchar', length: 2048 })
  url!: string;

  /** `whsec_…`: signs the deliveries, so it cannot be a hash. Never logged. */
  @Column({ type: 'varchar', length: 255 })
  secret!: string;

  /** Types that are delivered; null: all of them. */
  @Column({ type: 'jsonb', nullable: true })
  types!: OutgoingEventType[] | null;

  /** False: what happens meanwhile is not delivered, unless it is replayed. */
  @Column({ type: 'boolean', default: true })
  enabled!: boolean;
}
