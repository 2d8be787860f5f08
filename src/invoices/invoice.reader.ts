import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Invoice, type InvoiceStatus } from './invoice.entity.js';

/** Reads of `invoices`. */
@Injectable()
export class InvoiceReader {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The invoices of a customer, newest first; drafts only where they are asked for.
   * @param after the one that the page before ended with; null begins
   */
  list(
    customerId: number,
    limit: number,
    after: Invoice | null,
    status: InvoiceStatus | undefined,
  ): Promise<Invoice[]> {
    const select = this.dataSource
      .createQueryBuilder(Invoice, 'invoice')
      .where('invoice.customerId = :customerId', { customerId })
      .andWhere('invoice.deletedAt IS NULL')
      .orderBy('invoice.issuedAt', 'DESC')
      .addOrderBy('invoice.id', 'DESC')
      .limit(limit);
    if (status === undefined) select.andWhere(`invoice.status <> 'draft'`);
    else select.andWhere('invoice.status = :status', { status });
    if (after !== null) {
      const position = { issuedAt: after.issuedAt, id: after.id };
      select.andWhere('(invoice.issuedAt, invoice.id) < (:issuedAt, :id)', position);
    }
    return select.getMany();
  }

  /** The row as it is now. */
  get(id: number): Promise<Invoice> {
    return this.dataSource.getRepository(Invoice).findOneByOrFail({ id });
  }

  /** An invoice of the customer by our id. */
  findOwned(customerId: number, id: number): Promise<Invoice | null> {
    return this.dataSource.getRepository(Invoice).findOneBy({ id, customerId });
  }
}
