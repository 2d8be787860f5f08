import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { PlanChangeNow } from './plan-change-now.js';
import { ChangePlanner } from './change-planner.js';
import { PlanChangeCompletion } from './plan-change-completion.js';
import { PlanChangesController } from './plan-changes.controller.js';
import { PlanChangesService } from './plan-changes.service.js';
import { SeatsInUse } from './seats-in-use.js';
import { SubscriptionChange } from './subscription-change.js';

@Module({
  imports: [PlansModule, CustomersModule, PaymentMethodsModule, SubscriptionsModule],
  controllers: [PlanChangesController],
  providers: [PlanChangesService, SubscriptionChange, ChangePlanner, SeatsInUse, PlanChangeNow, PlanChangeCompletion],
  exports: [PlanChangeCompletion],
})
export class PlanChangesModule {}
