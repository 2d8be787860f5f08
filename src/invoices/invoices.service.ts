import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type User } from '../auth/user.entity.js';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { Page } from '../http/pagination.js';
import { StripeCustomers } from '../customers/stripe-customers.js';
import { type InvoiceDto } from './dto/invoice.dto.js';
import { type ListInvoicesDto } from './dto/list-invoices.dto.js';
import { Invoice } from './invoice.entity.js';
import { toInvoiceDto } from './invoice.mapper.js';

/** Text of the 404, the same for an absent, a foreign and a hidden invoice. */
export const INVOICE_NOT_FOUND = 'Invoice not found';

/** The caller's own invoices. A draft may still change, so it is not shown before Stripe finalizes it. */
@Injectable()
export class InvoicesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly customers: StripeCustomers,
  ) {}

  /** One page of the invoices, newest first. */
  async list(user: User, query: ListInvoicesDto): Promise<Page<InvoiceDto>> {
    const customer = await this.customers.find(user.id);
    const after = await this.findCursor(query.starting_after, customer?.id);
    if (customer === null) return new Page([], null);
    const found = await this.find(customer.id, query, after);
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return new Page(page.map(toInvoiceDto), last?.id ?? null);
  }

  /** @throws BillingError not_found for a draft and for a deleted one */
  get(row: Invoice): InvoiceDto {
    if (row.status === 'draft' || row.deletedAt !== null) throw new BillingError('not_found', INVOICE_NOT_FOUND);
    return toInvoiceDto(row);
  }

  /** One more than asked for, which tells whether there is another page. */
  private find(customerId: number, query: ListInvoicesDto, after: Invoice | null): Promise<Invoice[]> {
    const select = this.dataSource
      .createQueryBuilder(Invoice, 'invoice')
      .where('invoice.customerId = :customerId', { customerId })
      .andWhere(`invoice.status <> 'draft' AND invoice.deletedAt IS NULL`)
      .orderBy('invoice.issuedAt', 'DESC')
      .addOrderBy('invoice.id', 'DESC')
      .limit(query.limit + 1);
    if (query.status_filter !== undefined) select.andWhere('invoice.status = :status', { status: query.status_filter });
    if (after !== null) {
      const position = { issuedAt: after.issuedAt, id: after.id };
      select.andWhere('(invoice.issuedAt, invoice.id) < (:issuedAt, :id)', position);
    }
    return select.getMany();
  }

  /** The invoice that the page before ended with. */
  private async findCursor(id: number | undefined, customerId: number | undefined): Promise<Invoice | null> {
    if (id === undefined) return null;
    const row =
      customerId === undefined ? null : await this.dataSource.getRepository(Invoice).findOneBy({ id, customerId });
    if (row !== null) return row;
    throw validationFailed([{ field: 'starting_after', message: 'starting_after must be the id of an invoice' }]);
  }
}
