import { Body, Controller, Get, HttpCode, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { Owned } from '../auth/access.js';
import { CurrentPayer, OwnedRow } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { OneAtATime } from '../exclusion/one-at-a-time.js';
import { LimitFailures } from '../http/failure-limit.interceptor.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { type Page, PAGE_HEADERS, PageInterceptor } from '../http/pagination.js';
import { ReplayWith } from '../idempotency/replay.js';
import { InvoiceDto } from './dto/invoice.dto.js';
import { InvoiceResultDto } from './dto/invoice-result.dto.js';
import { ListInvoicesDto } from './dto/list-invoices.dto.js';
import { PAY_EXAMPLES, PayInvoiceDto } from './dto/pay-invoice.dto.js';
import { Invoice } from './invoice.entity.js';
import { InvoiceReplay } from './invoice-replay.js';
import { INVOICE_NOT_FOUND, InvoicesService } from './invoices.service.js';

const ID = { name: 'id', type: 'integer', description: 'Our id of the invoice', example: 1 };

@BillingRoutes()
@Controller('invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  @UseInterceptors(PageInterceptor)
  @ApiOperation({ summary: "The caller's invoices, newest first, without drafts" })
  @ApiOkResponse({ type: [InvoiceDto], headers: PAGE_HEADERS })
  @Problems('validation_failed')
  list(@CurrentPayer() payer: Payer, @Query() query: ListInvoicesDto): Promise<Page<InvoiceDto>> {
    return this.invoices.list(payer, query);
  }

  @Get(':id')
  @Owned(Invoice, INVOICE_NOT_FOUND)
  @ApiParam(ID)
  @ApiOperation({ summary: 'One invoice of the caller' })
  @ApiOkResponse({ type: InvoiceDto })
  @Problems('not_found')
  get(@OwnedRow() invoice: Invoice): InvoiceDto {
    return this.invoices.get(invoice);
  }

  @Post(':id/pay')
  @OneAtATime('payment')
  @LimitFailures()
  @HttpCode(200)
  @ReplayWith(InvoiceReplay)
  @Owned(Invoice, INVOICE_NOT_FOUND)
  @ApiParam(ID)
  @ApiOperation({ summary: 'Pay an open invoice; a subscription that waited for the payment is active again' })
  @ApiBody({ type: PayInvoiceDto, required: false, examples: PAY_EXAMPLES })
  @ApiOkResponse({ type: InvoiceResultDto })
  @Problems('validation_failed', 'not_found', 'invalid_payment_method', 'card_declined', 'invoice_state', 'conflict')
  @Problems('payment_method_required', 'purchase_in_progress', 'stripe_failed', 'stripe_unavailable')
  pay(@OwnedRow() invoice: Invoice, @Body() body: PayInvoiceDto): Promise<InvoiceResultDto> {
    return this.invoices.pay(invoice, body);
  }
}
