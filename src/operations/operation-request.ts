import { createHash } from 'node:crypto';
import { type FindOptionsWhere, In } from 'typeorm';
import { type OperationKind, PURCHASE_OPERATIONS, type StripeOperation } from './stripe-operation.entity.js';

/** What is to be done at Stripe. */
export interface OperationRequest {
  customerId: number;
  kind: OperationKind;
  /** What was asked: only the same request resumes the operation. JSON values only, no secrets. */
  request: Record<string, unknown>;
  /** Stripe id of the existing object it is about. */
  subjectStripeId?: string;
}

/** What operations exclude each other by. */
export type OperationScope = Pick<OperationRequest, 'customerId' | 'kind' | 'subjectStripeId'>;

/** SHA-256 of what was asked, whatever the order of its members. */
export function hashOf(wanted: Pick<OperationRequest, 'kind' | 'request'>): string {
  const sorted = Object.fromEntries(Object.entries(wanted.request).sort(([left], [right]) => (left < right ? -1 : 1)));
  return createHash('sha256')
    .update(JSON.stringify([wanted.kind, sorted]))
    .digest('hex');
}

/** The operations that exclude each other. */
export function scopeOf({ customerId, kind, subjectStripeId }: OperationScope): FindOptionsWhere<StripeOperation> {
  const purchase = PURCHASE_OPERATIONS.some((name) => name === kind);
  if (purchase) return { customerId, kind: In([...PURCHASE_OPERATIONS]) };
  return { customerId, kind, ...(subjectStripeId === undefined ? {} : { subjectStripeId }) };
}
