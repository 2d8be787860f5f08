import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { isPaymentMethodReference } from './dto/payment-method-reference.js';
import { PaymentMethod } from './payment-method.entity.js';

/** Reads of `customer_payment_methods`. */
@Injectable()
export class PaymentMethodReader {
  constructor(private readonly dataSource: DataSource) {}

  /** The attached payment methods of a customer, the default first, then the newest. */
  list(customerId: number): Promise<PaymentMethod[]> {
    return this.dataSource.getRepository(PaymentMethod).find({
      where: { customerId, detachedAt: IsNull() },
      order: { isDefault: 'DESC', createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** By Stripe's id (`pm_…`) or ours, detached or not, whoever it belongs to. */
  find(reference: string | number): Promise<PaymentMethod | null> {
    const methods = this.dataSource.getRepository(PaymentMethod);
    if (typeof reference === 'string') return methods.findOneBy({ stripePaymentMethodId: reference });
    return isPaymentMethodReference(reference) ? methods.findOneBy({ id: reference }) : Promise.resolve(null);
  }

  /** The row as it is now. */
  get(id: number): Promise<PaymentMethod> {
    return this.dataSource.getRepository(PaymentMethod).findOneByOrFail({ id });
  }

  getByStripeId(stripePaymentMethodId: string): Promise<PaymentMethod> {
    return this.dataSource.getRepository(PaymentMethod).findOneByOrFail({ stripePaymentMethodId });
  }
}
