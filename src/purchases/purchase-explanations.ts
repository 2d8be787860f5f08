import { Injectable } from '@nestjs/common';
import { couponRefusal } from '../coupons/coupon-code.js';
import { type StripeCustomer, StripeCustomers } from '../customers/stripe-customers.js';

/** Says in the caller's words why a purchase failed. */
@Injectable()
export class PurchaseExplanations {
  constructor(private readonly customers: StripeCustomers) {}

  /**
   * Does the work of a purchase.
   * @param couponCode as the caller wrote it
   * @throws BillingError invalid_coupon for a coupon that was used up meanwhile; conflict for a customer that was deleted: the
   * next try makes a new one; every other error as it is
   */
  async of<Result>(
    customer: StripeCustomer,
    couponCode: string | null | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.customers.whileKnown(customer, work);
    } catch (error) {
      const refusal = couponCode === null || couponCode === undefined ? null : couponRefusal(error, couponCode);
      throw refusal ?? error;
    }
  }
}
