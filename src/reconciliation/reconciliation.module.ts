import { Module } from '@nestjs/common';
import { CheckoutModule } from '../checkout/checkout.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { IntentHandlers } from './intent-handlers.js';
import { IntentRecovery } from './intent-recovery.js';
import { IntentRunner } from './intent-runner.js';

@Module({
  imports: [CustomersModule, SubscriptionsModule, CheckoutModule],
  providers: [IntentHandlers, IntentRecovery, IntentRunner],
  exports: [IntentRecovery],
})
export class ReconciliationModule {}
