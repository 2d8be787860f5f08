import { Injectable, Logger } from '@nestjs/common';
import { type Payer } from '../auth/payer.js';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { Page } from '../http/pagination.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { type InvoiceDto } from './dto/invoice.dto.js';
import { type InvoiceResultDto } from './dto/invoice-result.dto.js';
import { type ListInvoicesDto } from './dto/list-invoices.dto.js';
import { type PayInvoiceDto } from './dto/pay-invoice.dto.js';
import { InvoiceCollection } from './invoice-collection.js';
import { type Invoice } from './invoice.entity.js';
import { toInvoiceDto } from './invoice.mapper.js';
import { InvoiceReader } from './invoice.reader.js';

/** Text of the 404, the same for an absent, a foreign and a hidden invoice. */
export const INVOICE_NOT_FOUND = 'Invoice not found';

/** The caller's own invoices. A draft may still change, so it is not shown before Stripe finalizes it. */
@Injectable()
export class InvoicesService {
  private readonly logger = new Logger(InvoicesService.name);

  constructor(
    private readonly reader: InvoiceReader,
    private readonly customers: CustomerReader,
    private readonly collection: InvoiceCollection,
  ) {}

  /** One page of the invoices, newest first. */
  async list(payer: Payer, query: ListInvoicesDto): Promise<Page<InvoiceDto>> {
    const customer = await this.customers.find(payer);
    const after = await this.findCursor(query.starting_after, customer?.id);
    if (customer === null) return new Page([], null);
    // One more than asked for tells whether there is another page.
    const found = await this.reader.list(customer.id, query.limit + 1, after, query.status_filter);
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return new Page(page.map(toInvoiceDto), last?.id ?? null);
  }

  /**
   * A draft, too: `status_filter=draft` lists the payer's own.
   * @throws BillingError not_found for a deleted one
   */
  get(row: Invoice): InvoiceDto {
    if (row.deletedAt !== null) throw new BillingError('not_found', INVOICE_NOT_FOUND);
    return toInvoiceDto(row);
  }

  /**
   * Pays an invoice that is open, or was written off.
   * @throws BillingError not_found for a deleted one; those of InvoiceCollection
   */
  async pay(row: Invoice, wish: PayInvoiceDto): Promise<InvoiceResultDto> {
    this.get(row);
    const action = await this.collection.pay(row, wish);
    this.logger.log({ invoice_id: row.id }, 'Invoice paid');
    return { ...toInvoiceDto(await this.reader.get(row.id)), ...action };
  }

  /** The invoice that the page before ended with. */
  private async findCursor(id: number | undefined, customerId: number | undefined): Promise<Invoice | null> {
    if (id === undefined) return null;
    const row = customerId === undefined ? null : await this.reader.findOwned(customerId, id);
    if (row !== null) return row;
    throw validationFailed([{ field: 'starting_after', message: 'starting_after must be the id of an invoice' }]);
  }
}
