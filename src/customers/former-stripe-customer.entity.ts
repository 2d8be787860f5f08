import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Customer } from './customer.entity.js';

/**
 * A Stripe customer that was deleted and gave way to another one, or was found deleted before it had a row. What is told
 * of its invoices and payments later still finds its owner.
 */
@Entity('former_stripe_customers')
export class FormerStripeCustomer {
  /** `cus_…` */
  @PrimaryColumn({
    name: 'stripe_customer_id',
    type: 'varchar',
    length: 255,
    primaryKeyConstraintName: 'former_stripe_customers_pkey',
  })
  stripeCustomerId!: string;

  @Index('former_stripe_customers_customer_id_idx')
  @Column({ name: 'customer_id', type: 'integer' })
  customerId!: number;

  @ManyToOne(() => Customer, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'customer_id', foreignKeyConstraintName: 'former_stripe_customers_customer_id_fkey' })
  customer!: Relation<Customer>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
