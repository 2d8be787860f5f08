import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { ownedBy, type PayerKey } from '../auth/payer.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { Customer } from './customer.entity.js';

/** Reads of `customers`. */
@Injectable()
export class CustomerReader {
  constructor(private readonly dataSource: DataSource) {}

  /** The payer's customer; null while there is none. */
  find(payer: PayerKey): Promise<Customer | null> {
    return this.dataSource.getRepository(Customer).findOneBy(ownedBy(payer));
  }

  /** The row as it is now. */
  get(id: number): Promise<Customer> {
    return this.dataSource.getRepository(Customer).findOneByOrFail({ id });
  }

  /**
   * The currency that the payer pays in; null while it may still be chosen. Stripe tells it with the customer, by an event after
   * the first purchase: until then the subscription says it.
   */
  async currencyOf({ id, currency, stripeCustomerId, deletedAt }: Customer): Promise<string | null> {
    if (stripeCustomerId === null || deletedAt !== null) return null;
    if (currency !== null) return currency;
    const where = { customerId: id, endedAt: IsNull() };
    const running = await this.dataSource.getRepository(Subscription).findOne({ where, select: { currency: true } });
    return running?.currency ?? null;
  }

  getOf(payer: PayerKey): Promise<Customer> {
    return this.dataSource.getRepository(Customer).findOneByOrFail(ownedBy(payer));
  }
}
