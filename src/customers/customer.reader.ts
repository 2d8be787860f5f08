import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Customer } from './customer.entity.js';

/** Reads of `customers`. */
@Injectable()
export class CustomerReader {
  constructor(private readonly dataSource: DataSource) {}

  /** The user's customer; null while there is none. */
  find(userId: number): Promise<Customer | null> {
    return this.dataSource.getRepository(Customer).findOneBy({ userId });
  }

  /** The row as it is now. */
  get(id: number): Promise<Customer> {
    return this.dataSource.getRepository(Customer).findOneByOrFail({ id });
  }

  getByUser(userId: number): Promise<Customer> {
    return this.dataSource.getRepository(Customer).findOneByOrFail({ userId });
  }
}
