import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentGateway } from './payment.gateway.js';
import { PaymentProjection } from './payment.projection.js';
import { RefundGateway } from './refund.gateway.js';
import { RefundProjection } from './refund.projection.js';

/** Payments and refunds as Stripe made them; nobody is charged here. */
@Module({
  imports: [CustomersModule],
  providers: [PaymentGateway, PaymentProjection, RefundGateway, RefundProjection],
  exports: [PaymentProjection, RefundProjection],
})
export class PaymentsModule {}
