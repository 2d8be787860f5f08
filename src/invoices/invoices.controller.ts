import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { Owned } from '../auth/access.js';
import { CurrentUser, OwnedRow, type RequestUser } from '../auth/request-user.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { type Page, PAGE_HEADERS, PageInterceptor } from '../http/pagination.js';
import { InvoiceDto } from './dto/invoice.dto.js';
import { ListInvoicesDto } from './dto/list-invoices.dto.js';
import { Invoice } from './invoice.entity.js';
import { INVOICE_NOT_FOUND, InvoicesService } from './invoices.service.js';

@BillingRoutes()
@Controller('invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  @UseInterceptors(PageInterceptor)
  @ApiOperation({ summary: "The caller's invoices, newest first, without drafts" })
  @ApiOkResponse({ type: [InvoiceDto], headers: PAGE_HEADERS })
  @Problems('validation_failed')
  list(@CurrentUser() user: RequestUser, @Query() query: ListInvoicesDto): Promise<Page<InvoiceDto>> {
    return this.invoices.list(user, query);
  }

  @Get(':id')
  @Owned(Invoice, INVOICE_NOT_FOUND)
  @ApiParam({ name: 'id', type: 'integer', description: 'Our id of the invoice', example: 1 })
  @ApiOperation({ summary: 'One invoice of the caller' })
  @ApiOkResponse({ type: InvoiceDto })
  @Problems('not_found')
  get(@OwnedRow() invoice: Invoice): InvoiceDto {
    return this.invoices.get(invoice);
  }
}
