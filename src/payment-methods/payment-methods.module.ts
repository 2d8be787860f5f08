import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { CustomerPaymentMethods } from './customer-payment-methods.js';
import { OwedPayments } from './owed-payments.js';
import { PaymentMethodGateway } from './payment-method.gateway.js';
import { PaymentMethodProjection } from './payment-method.projection.js';
import { PaymentMethodReader } from './payment-method.reader.js';
import { PaymentMethodsController } from './payment-methods.controller.js';
import { PaymentMethodsService } from './payment-methods.service.js';

@Module({
  imports: [CustomersModule],
  controllers: [PaymentMethodsController],
  providers: [
    PaymentMethodsService,
    CustomerPaymentMethods,
    OwedPayments,
    PaymentMethodReader,
    PaymentMethodGateway,
    PaymentMethodProjection,
  ],
  exports: [CustomerPaymentMethods, OwedPayments, PaymentMethodProjection],
})
export class PaymentMethodsModule {}
