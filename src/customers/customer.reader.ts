import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ownedBy, type PayerKey } from '../auth/payer.js';
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

  getOf(payer: PayerKey): Promise<Customer> {
    return this.dataSource.getRepository(Customer).findOneByOrFail(ownedBy(payer));
  }
}
