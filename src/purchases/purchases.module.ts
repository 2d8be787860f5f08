import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { CouponsModule } from '../coupons/coupons.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { CardFollowUp } from './card-follow-up.js';
import { CheckoutSessionsGateway } from './checkout-sessions.gateway.js';
import { PurchaseExplanations } from './purchase-explanations.js';
import { PurchaseGate } from './purchase-gate.js';
import { PurchaseOrders } from './purchase-order.js';
import { PurchaseRecovery } from './purchase-recovery.js';
import { PurchaseCompletion } from './purchase-completion.js';
import { PurchasesController } from './purchases.controller.js';
import { PurchasesService } from './purchases.service.js';
import { SubscriptionPurchase } from './subscription-purchase.js';
import { Trials } from './trials.js';

@Module({
  imports: [PlansModule, CouponsModule, CustomersModule, PaymentMethodsModule, SubscriptionsModule],
  controllers: [PurchasesController],
  providers: [
    PurchasesService,
    SubscriptionPurchase,
    PurchaseOrders,
    PurchaseGate,
    PurchaseCompletion,
    PurchaseRecovery,
    PurchaseExplanations,
    CardFollowUp,
    Trials,
    CheckoutSessionsGateway,
  ],
  exports: [
    PurchaseOrders,
    PurchaseGate,
    PurchaseRecovery,
    PurchaseExplanations,
    CardFollowUp,
    CheckoutSessionsGateway,
  ],
})
export class PurchasesModule {}
