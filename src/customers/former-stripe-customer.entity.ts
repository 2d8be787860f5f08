import { Column, Entity, Index, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { CreatedRow } from '../database/rows.js';
import { Customer } from './customer.entity.js';

/**
 * A Stripe customer that was deleted and gave way to another one, or was found deleted before it had a row. Events about
 * its invoices and payments that come later still find their owner.
 */
@Entity()
export class FormerStripeCustomer extends CreatedRow {
  /** `cus_…` */
  @PrimaryColumn({ type: 'varchar', length: 255 })
  stripeCustomerId!: string;

  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  customer!: Relation<Customer>;
}
