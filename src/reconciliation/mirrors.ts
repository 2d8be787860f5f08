import { type Type } from '@nestjs/common';
import { type ObjectLiteral } from 'typeorm';
import { Coupon } from '../coupons/coupon.entity.js';
import { CouponProjection } from '../coupons/coupon.projection.js';
import { PromotionCode } from '../coupons/promotion-code.entity.js';
import { PromotionCodeProjection } from '../coupons/promotion-code.projection.js';
import { Customer } from '../customers/customer.entity.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Invoice } from '../invoices/invoice.entity.js';
import { InvoiceProjection } from '../invoices/invoice.projection.js';
import { type Comparison } from '../sync/comparison.js';
import { type Outcome } from '../sync/projection.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';
import { PaymentMethodProjection } from '../payment-methods/payment-method.projection.js';
import { Payment } from '../payments/payment.entity.js';
import { PaymentProjection } from '../payments/payment.projection.js';
import { Refund } from '../payments/refund.entity.js';
import { RefundProjection } from '../payments/refund.projection.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { SubscriptionSchedule } from '../subscriptions/schedules/subscription-schedule.entity.js';
import { SubscriptionScheduleProjection } from '../subscriptions/schedules/subscription-schedule.projection.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';
import { type ListedKind } from './account.gateway.js';

/** What repair needs of a projection. */
export interface RepairableProjection {
  applyListed(answer: StripeAnswer<unknown>): Promise<Outcome>;
  compare(stripeId: string, source: unknown): Promise<Comparison>;
  check(stripeId: string): Promise<Comparison>;
  repair(stripeId: string): Promise<Outcome>;
}

/** A table that mirrors a kind of object. */
export interface Mirror {
  table: string;
  kind: ListedKind | 'payment_methods';
  projection: Type<RepairableProjection>;
  entity: Type<ObjectLiteral>;
  /** Property of the entity that holds the Stripe id. */
  stripeIdProperty: string;
}

export const CUSTOMERS = mirror('customers', 'customers', CustomerProjection, Customer, 'stripeCustomerId');

/** Every mirrored table; what others point at comes first. */
export const MIRRORS: readonly Mirror[] = [
  mirror('coupons', 'coupons', CouponProjection, Coupon, 'stripeCouponId'),
  mirror('promotion_codes', 'promotion_codes', PromotionCodeProjection, PromotionCode, 'stripePromotionCodeId'),
  CUSTOMERS,
  mirror(
    'customer_payment_methods',
    'payment_methods',
    PaymentMethodProjection,
    PaymentMethod,
    'stripePaymentMethodId',
  ),
  mirror('subscriptions', 'subscriptions', SubscriptionProjection, Subscription, 'stripeSubscriptionId'),
  mirror(
    'subscription_schedules',
    'subscription_schedules',
    SubscriptionScheduleProjection,
    SubscriptionSchedule,
    'stripeScheduleId',
  ),
  mirror('invoices', 'invoices', InvoiceProjection, Invoice, 'stripeInvoiceId'),
  mirror('payments', 'payment_intents', PaymentProjection, Payment, 'stripePaymentIntentId'),
  mirror('refunds', 'refunds', RefundProjection, Refund, 'stripeRefundId'),
];

function mirror<Row extends ObjectLiteral>(
  table: string,
  kind: Mirror['kind'],
  projection: Type<RepairableProjection>,
  entity: Type<Row>,
  stripeIdProperty: keyof Row & string,
): Mirror {
  return { table, kind, projection, entity, stripeIdProperty };
}
