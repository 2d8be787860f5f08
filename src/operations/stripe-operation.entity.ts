import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { STRIPE_ID } from '../database/columns.js';
import { ChangedRow } from '../database/rows.js';

const OPERATION_STATES = ['open', 'done', 'failed', 'expired'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** Operations that begin a contract: one open operation of these a customer. */
export const PURCHASE_OPERATIONS = ['subscription.create', 'checkout.create'] as const;

/** Operations of requests: the recovery looks up at Stripe what came of one whose process died. */
export const RECOVERABLE_OPERATIONS = [
  ...PURCHASE_OPERATIONS,
  'customer.create',
  'subscription.change_plan',
  'subscription.resume',
  'invoice.pay',
] as const;

/** What a projection or a request found must be done at Stripe; the runner in reconciliation/ does it. */
export const FOLLOW_UP_OPERATIONS = [
  'duplicate.resolve',
  'trial.end',
  'trial.check_cards',
  'orphan.cancel',
  'card.make_default',
  'card.clear_own',
  'schedule.redraw',
  'schedule.draw',
  'invoice.collect',
  'invoice.use_card',
  'customer.link',
  'customer.take_in',
  'payer.close',
  'items.restore',
] as const;

/** Everything that is written down before Stripe is asked to do it. */
export const OPERATION_KINDS = [...RECOVERABLE_OPERATIONS, ...FOLLOW_UP_OPERATIONS] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/**
 * Stripe id of the object that an operation is about, for the kinds that always have one.
 * @throws Error for one without: it was written down wrongly
 */
export function subjectOf({ kind, subjectStripeId }: StripeOperation): string {
  if (subjectStripeId === null) throw new Error(`An operation ${kind} names no object`);
  return subjectStripeId;
}

const ONE_OPEN_PURCHASE = 'stripe_operations_one_open_purchase_per_customer';

/** Something that costs money or makes a contract, committed before the call to Stripe that does it. */
@Entity()
@Index(ONE_OPEN_PURCHASE, ['customerId'], {
  unique: true,
  where: `state = 'open' AND kind IN ('subscription.create', 'checkout.create')`,
})
@Index('stripe_operations_one_open_customer_create', ['customerId'], {
  unique: true,
  where: `state = 'open' AND kind = 'customer.create'`,
})
@Index('stripe_operations_open_idx', ['createdAt'], { where: `state = 'open'` })
@Index('stripe_operations_subject_idx', ['kind', 'subjectStripeId'])
@Index(['leasedBy'], { where: 'leased_by IS NOT NULL' })
export class StripeOperation extends ChangedRow {
  /** Also `metadata.operation_key` of what Stripe makes, and the stem of the idempotency keys. */
  @PrimaryColumn({ type: 'uuid' })
  key!: string;

  @Index()
  @Column({ type: 'integer' })
  customerId!: number;

  @Column({ type: 'varchar', length: 50 })
  kind!: OperationKind;

  /** Stripe id of the existing object that the operation is about, if there is one. */
  @Column(STRIPE_ID)
  subjectStripeId!: string | null;

  /** SHA-256 of what was asked, so that only the same request resumes the operation. */
  @Column({ type: 'char', length: 64 })
  requestHash!: string;

  /** What was asked, as the runner needs it. Holds ids and plan names, no secrets. */
  @Column({ type: 'jsonb' })
  request!: Record<string, unknown>;

  /** Parameters of each call to Stripe, by step, stored before the call was sent; `json` keeps their order. */
  @Column({ type: 'json', default: {} })
  steps!: Record<string, Record<string, unknown>>;

  @Column({ type: 'enum', enum: OPERATION_STATES, enumName: 'operationstate', default: 'open' })
  state!: OperationState;

  /** The process that works on it must be done by then; afterwards another one may resume it. */
  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil!: Date | null;

  /** The process that has the lease (ServiceProcess); null: unknown, the lease is held for its time. */
  @Column({ type: 'uuid', nullable: true })
  leasedBy!: string | null;

  /** Stripe id of what came of it. */
  @Column(STRIPE_ID)
  resultStripeId!: string | null;

  /** Why it failed or expired, as an error code. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  reason!: string | null;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;
}
