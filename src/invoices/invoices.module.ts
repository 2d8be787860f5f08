import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { InvoiceGateway } from './invoice.gateway.js';
import { InvoiceProjection } from './invoice.projection.js';
import { InvoiceReader } from './invoice.reader.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';

@Module({
  imports: [CustomersModule],
  controllers: [InvoicesController],
  providers: [InvoicesService, InvoiceReader, InvoiceGateway, InvoiceProjection],
  exports: [InvoiceProjection],
})
export class InvoicesModule {}
