import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { CancellationsController } from './cancellations.controller.js';
import { SubscriptionFollowUps } from './follow-ups.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { PaymentStateReader } from './payment-state.reader.js';
import { PendingItemsGateway } from './pending-items.gateway.js';
import { InvoiceRefundGateway } from './invoice-refund.gateway.js';
import { PlanSchedules } from './plan-schedules.js';
import { RequiredActions } from './required-action.js';
import { ResumptionsController } from './resumptions.controller.js';
import { SubscriptionCancellation } from './subscription-cancellation.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionReplay } from './subscription-replay.js';
import { SubscriptionResumption } from './subscription-resumption.js';
import { SubscriptionScheduleGateway } from './subscription-schedule.gateway.js';
import { SubscriptionScheduleProjection } from './subscription-schedule.projection.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { SubscriptionProjection } from './subscription.projection.js';
import { SubscriptionReader } from './subscription.reader.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { UnpaidPeriod } from './unpaid-period.js';

@Module({
  imports: [PlansModule, CustomersModule, PaymentMethodsModule],
  controllers: [SubscriptionsController, CancellationsController, ResumptionsController],
  providers: [
    SubscriptionsService,
    SubscriptionReader,
    PaymentStateReader,
    SubscriptionReplay,
    SubscriptionCancellation,
    SubscriptionCommands,
    SubscriptionResumption,
    SubscriptionFollowUps,
    PlanSchedules,
    RequiredActions,
    SubscriptionGateway,
    SubscriptionProjection,
    SubscriptionScheduleGateway,
    SubscriptionScheduleProjection,
    InvoicePaymentGateway,
    PendingItemsGateway,
    InvoiceRefundGateway,
    UnpaidPeriod,
  ],
  exports: [
    SubscriptionReader,
    SubscriptionReplay,
    SubscriptionCommands,
    SubscriptionResumption,
    SubscriptionFollowUps,
    PlanSchedules,
    RequiredActions,
    SubscriptionGateway,
    SubscriptionProjection,
    SubscriptionScheduleProjection,
    InvoicePaymentGateway,
    InvoiceRefundGateway,
  ],
})
export class SubscriptionsModule {}
