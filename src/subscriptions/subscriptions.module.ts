import { Module } from '@nestjs/common';
import { CouponsModule } from '../coupons/coupons.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { CardFollowUp } from './card-follow-up.js';
import { CheckoutSessionsGateway } from './checkout-sessions.gateway.js';
import { SubscriptionFollowUps } from './follow-ups.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { PlanChangeNow } from './plan-change-now.js';
import { PlanChangeSettlement } from './plan-change-settlement.js';
import { PurchaseFailures } from './purchase-failure.js';
import { PurchaseGate } from './purchase-gate.js';
import { PurchaseOrders } from './purchase-order.js';
import { PurchaseRecovery } from './purchase-recovery.js';
import { PurchaseSettlement } from './purchase-settlement.js';
import { SubscriptionCancellation } from './subscription-cancellation.js';
import { SubscriptionChange } from './subscription-change.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { SubscriptionProjection } from './subscription.projection.js';
import { SubscriptionPurchase } from './subscription-purchase.js';
import { SubscriptionReader } from './subscription-reader.js';
import { SubscriptionScheduleGateway } from './subscription-schedule.gateway.js';
import { SubscriptionScheduleProjection } from './subscription-schedule.projection.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { Trials } from './trials.js';

@Module({
  imports: [PlansModule, CouponsModule, CustomersModule, PaymentMethodsModule],
  controllers: [SubscriptionsController],
  providers: [
    SubscriptionsService,
    SubscriptionReader,
    SubscriptionPurchase,
    PurchaseOrders,
    PurchaseGate,
    PurchaseSettlement,
    PurchaseRecovery,
    PurchaseFailures,
    SubscriptionChange,
    PlanChangeNow,
    PlanChangeSettlement,
    SubscriptionCancellation,
    SubscriptionCommands,
    SubscriptionFollowUps,
    CardFollowUp,
    Trials,
    SubscriptionGateway,
    SubscriptionProjection,
    SubscriptionScheduleGateway,
    SubscriptionScheduleProjection,
    InvoicePaymentGateway,
    CheckoutSessionsGateway,
  ],
  exports: [
    SubscriptionProjection,
    SubscriptionScheduleProjection,
    SubscriptionReader,
    SubscriptionFollowUps,
    CardFollowUp,
    PurchaseOrders,
    PurchaseGate,
    PurchaseRecovery,
    PurchaseFailures,
    PlanChangeSettlement,
    CheckoutSessionsGateway,
  ],
})
export class SubscriptionsModule {}
