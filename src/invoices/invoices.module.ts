import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { InvoiceCollection } from './invoice-collection.js';
import { InvoiceCompletion } from './invoice-completion.js';
import { InvoiceFollowUps } from './invoice-follow-ups.js';
import { InvoiceReplay } from './invoice-replay.js';
import { InvoiceGateway } from './invoice.gateway.js';
import { InvoiceProjection } from './invoice.projection.js';
import { InvoiceReader } from './invoice.reader.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';

@Module({
  imports: [CustomersModule, PaymentMethodsModule, SubscriptionsModule],
  controllers: [InvoicesController],
  providers: [
    InvoicesService,
    InvoiceReader,
    InvoiceReplay,
    InvoiceCollection,
    InvoiceCompletion,
    InvoiceFollowUps,
    InvoiceGateway,
    InvoiceProjection,
  ],
  exports: [InvoiceProjection, InvoiceFollowUps],
})
export class InvoicesModule {}
