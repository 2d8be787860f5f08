import { Module } from '@nestjs/common';
import { CustomerGateway } from './customer.gateway.js';
import { CustomerProjection } from './customer.projection.js';
import { CustomerReader } from './customer.reader.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';
import { ExistingCustomers } from './existing-customers.js';
import { Payers } from './payers.js';
import { StripeCustomers } from './stripe-customers.js';

@Module({
  controllers: [CustomersController],
  providers: [
    CustomersService,
    StripeCustomers,
    CustomerReader,
    CustomerGateway,
    CustomerProjection,
    Payers,
    ExistingCustomers,
  ],
  exports: [StripeCustomers, CustomerReader, CustomerGateway, CustomerProjection, Payers],
})
export class CustomersModule {}
