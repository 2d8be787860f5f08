import { Module } from '@nestjs/common';
import { CheckoutModule } from '../checkout/checkout.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { IntentHandlers } from './intent-handlers.js';
import { IntentRecovery } from './intent-recovery.js';
import { IntentRunner } from './intent-runner.js';
import { RepairModule } from './repair.module.js';
import { RepairScheduler } from './repair-scheduler.js';

@Module({
  imports: [CustomersModule, SubscriptionsModule, CheckoutModule, RepairModule],
  providers: [IntentHandlers, IntentRecovery, IntentRunner, RepairScheduler],
  exports: [IntentRecovery],
})
export class ReconciliationModule {}
