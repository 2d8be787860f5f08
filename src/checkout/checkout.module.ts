import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { PurchasesModule } from '../purchases/purchases.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { CheckoutCompletion } from './checkout-completion.js';
import { CheckoutController } from './checkout.controller.js';
import { CheckoutService } from './checkout.service.js';

@Module({
  imports: [CustomersModule, SubscriptionsModule, PurchasesModule],
  controllers: [CheckoutController],
  providers: [CheckoutService, CheckoutCompletion],
  exports: [CheckoutCompletion],
})
export class CheckoutModule {}
