import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { couponRefusal } from '../coupons/coupons.service.js';
import { StripeCustomers } from '../customers/stripe-customers.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { classifyStripeError } from '../stripe/stripe-error.js';

/** Ends a purchase that failed. */
@Injectable()
export class PurchaseFailures {
  constructor(
    private readonly operations: Operations,
    private readonly customers: StripeCustomers,
  ) {}

  /**
   * Closes the operation where Stripe said no; without an answer it stays open, for the same request or the recovery.
   * @param couponCode as the caller wrote it
   * @throws what the caller is to be told
   */
  async end(
    operation: StripeOperation,
    thrown: unknown,
    stripeCustomerId: string,
    couponCode: string | null | undefined,
  ): Promise<never> {
    const error = await this.explain(thrown, stripeCustomerId, couponCode ?? null);
    if (isDefinite(error)) await this.operations.fail(operation, reasonOf(error));
    else await this.operations.release(operation);
    throw error;
  }

  /** A coupon that was used up meanwhile, or a customer that was deleted: the next try makes a new one. */
  private async explain(error: unknown, stripeCustomerId: string, couponCode: string | null): Promise<unknown> {
    const unknown = await this.customers.explainUnknown(stripeCustomerId, error);
    if (unknown !== null) return unknown;
    return couponCode === null ? error : (couponRefusal(error, couponCode) ?? error);
  }
}

/** True when nothing more can come of the request at Stripe: it said no, or it was never asked. */
export function isDefinite(error: unknown): boolean {
  if (error instanceof BillingError) return error.status < 500;
  return classifyStripeError(error)?.definite ?? false;
}

/** Why an operation failed, as a short code. */
export function reasonOf(error: unknown): string {
  if (error instanceof BillingError) return error.code;
  return classifyStripeError(error)?.kind ?? 'unknown';
}
