import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { CancellationsController } from './lifecycle/cancellations.controller.js';
import { CatalogueAdoption } from './lifecycle/catalogue-adoption.js';
import { SubscriptionFollowUps } from './lifecycle/follow-ups.js';
import { InvoicePaymentGateway } from './collection/invoice-payment.gateway.js';
import { InvoiceVoiding } from './collection/invoice-voiding.js';
import { PaymentStateReader } from './collection/payment-state.reader.js';
import { PendingItemsGateway } from './collection/pending-items.gateway.js';
import { InvoiceRefundGateway } from './collection/invoice-refund.gateway.js';
import { InvoiceRefunds } from './collection/invoice-refunds.js';
import { Targets } from './targets.js';
import { PlanSchedules } from './schedules/plan-schedules.js';
import { RequiredActions } from './collection/required-action.js';
import { ResumptionsController } from './lifecycle/resumptions.controller.js';
import { SubscriptionCancellation } from './lifecycle/subscription-cancellation.js';
import { SubscriptionCommands } from './subscription-commands.js';
import { SubscriptionReplay } from './subscription-replay.js';
import { SubscriptionResumption } from './lifecycle/subscription-resumption.js';
import { SubscriptionScheduleGateway } from './schedules/subscription-schedule.gateway.js';
import { SubscriptionScheduleProjection } from './schedules/subscription-schedule.projection.js';
import { LivePlans } from './live-plans.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { SubscriptionProjection } from './subscription.projection.js';
import { SubscriptionReader } from './subscription.reader.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { UnpaidPeriod } from './collection/unpaid-period.js';

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
    CatalogueAdoption,
    Targets,
    PlanSchedules,
    RequiredActions,
    SubscriptionGateway,
    LivePlans,
    SubscriptionProjection,
    SubscriptionScheduleGateway,
    SubscriptionScheduleProjection,
    InvoicePaymentGateway,
    PendingItemsGateway,
    InvoiceVoiding,
    InvoiceRefundGateway,
    InvoiceRefunds,
    UnpaidPeriod,
  ],
  exports: [
    SubscriptionCancellation,
    InvoiceVoiding,
    SubscriptionReader,
    LivePlans,
    SubscriptionReplay,
    SubscriptionCommands,
    SubscriptionResumption,
    SubscriptionFollowUps,
    Targets,
    PlanSchedules,
    RequiredActions,
    SubscriptionGateway,
    LivePlans,
    SubscriptionProjection,
    SubscriptionScheduleProjection,
    InvoicePaymentGateway,
  ],
})
export class SubscriptionsModule {}
