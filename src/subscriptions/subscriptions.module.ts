import { Module } from '@nestjs/common';
import { CouponsModule } from '../coupons/coupons.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { PlansModule } from '../catalogue/plans.module.js';
import { CardFollowUp } from '../purchases/card-follow-up.js';
import { CheckoutSessionsGateway } from '../purchases/checkout-sessions.gateway.js';
import { SubscriptionFollowUps } from './follow-ups.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { PlanChangeNow } from '../plan-changes/plan-change-now.js';
import { PlanChangeSettlement } from '../plan-changes/plan-change-settlement.js';
import { PurchaseFailures } from '../purchases/purchase-failure.js';
import { PurchaseGate } from '../purchases/purchase-gate.js';
import { PurchaseOrders } from '../purchases/purchase-order.js';
import { PurchaseRecovery } from '../purchases/purchase-recovery.js';
import { PurchaseSettlement } from '../purchases/purchase-settlement.js';
import { SubscriptionCancellation } from './subscription-cancellation.js';
import { SubscriptionChange } from '../plan-changes/plan-changes.service.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { SubscriptionProjection } from './subscription.projection.js';
import { SubscriptionPurchase } from '../purchases/purchases.service.js';
import { SubscriptionReader } from './subscription.reader.js';
import { SubscriptionScheduleGateway } from './subscription-schedule.gateway.js';
import { SubscriptionScheduleProjection } from './subscription-schedule.projection.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { Trials } from '../purchases/trials.js';

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
