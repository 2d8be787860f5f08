import { Module } from '@nestjs/common';
import { CheckoutModule } from '../checkout/checkout.module.js';
import { CouponsModule } from '../coupons/coupons.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { InvoicesModule } from '../invoices/invoices.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { Announcements } from './announcements.js';
import { DeliveryIntake } from './delivery-intake.js';
import { EventBatch } from './event-batch.js';
import { EventHandler } from './event-handler.js';
import { EventObjectGateway } from './event-object.gateway.js';
import { InboxModule } from './inbox.module.js';
import { InboxRetention } from './inbox-retention.js';
import { WebhookEventReader } from './webhook-event.reader.js';
import { WebhookEventsController } from './webhook-events.controller.js';
import { WebhookEventsService } from './webhook-events.service.js';
import { WebhookWorker } from './webhook-worker.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [
    InboxModule,
    CouponsModule,
    CustomersModule,
    PaymentMethodsModule,
    SubscriptionsModule,
    CheckoutModule,
    InvoicesModule,
    PaymentsModule,
  ],
  controllers: [WebhooksController, WebhookEventsController],
  providers: [
    WebhooksService,
    WebhookEventsService,
    WebhookEventReader,
    DeliveryIntake,
    EventBatch,
    EventHandler,
    Announcements,
    EventObjectGateway,
    WebhookWorker,
    InboxRetention,
  ],
  exports: [EventBatch],
})
export class WebhooksModule {}
