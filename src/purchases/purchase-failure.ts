import { Injectable } from '@nestjs/common';
import { couponRefusal } from '../coupons/coupon-code.js';
import { StripeCustomers } from '../customers/stripe-customers.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { isDefinite, reasonOf } from '../operations/refusal.js';

/** Finishes a purchase that failed. */
@Injectable()
export class PurchaseFailures {
  constructor(
    private readonly operations: Operations,
    private readonly customers: StripeCustomers,
  ) {}

  /**
   * Closes the operation where Stripe said no; without an answer it stays open, for the same request or the recovery.
   * @param couponCode as the caller wrote it
   * @throws the error for the caller
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
