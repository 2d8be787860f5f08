import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

export type SubscriptionSchedule = Stored<Stripe.SubscriptionSchedule>;
export type SchedulePhase = Wire<Stripe.SubscriptionSchedule.Phase>;

export const subscriptionSchedules = objectType<SubscriptionSchedule>({
  object: 'subscription_schedule',
  prefix: 'sub_sched',
  title: 'subscription schedule',
  indexes: {
    customer: (schedule) => schedule.customer,
    subscription: (schedule) => schedule.subscription,
    test_clock: (schedule) => schedule.test_clock,
  },
  references: {
    customer: 'customer',
    'default_settings.default_payment_method': 'payment_method',
    'phases.items.price': 'price',
    'phases.items.plan': 'price',
    'phases.discounts.coupon': 'coupon',
    'phases.discounts.promotion_code': 'promotion_code',
    'phases.default_payment_method': 'payment_method',
    subscription: 'subscription',
    test_clock: 'test_helpers.test_clock',
  },
});
