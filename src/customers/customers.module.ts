import { Module } from '@nestjs/common';
import { CustomerGateway } from './customer.gateway.js';
import { CustomerProjection } from './customer.projection.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';
import { StripeCustomers } from './stripe-customers.js';

@Module({
  controllers: [CustomersController],
  providers: [CustomersService, StripeCustomers, CustomerGateway, CustomerProjection],
  exports: [StripeCustomers, CustomerGateway, CustomerProjection],
})
export class CustomersModule {}
