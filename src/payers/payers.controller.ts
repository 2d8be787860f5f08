import {
  Body,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  HttpCode,
  Post,
  Query,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Request } from 'express';
import { RequireRole } from '../auth/access.js';
import { parsePayerName, type ParsedPayer } from '../auth/payer-name.js';
import { BillingError } from '../common/billing-error.js';
import { OperatorRoutes, Problems } from '../http/openapi/api-docs.js';
import { FindPayersDto } from './dto/find-payers.dto.js';
import { LinkCustomerDto } from './dto/link-customer.dto.js';
import { PayerDto } from './dto/payer.dto.js';
import { PAYER_NOT_FOUND, PayersService } from './payers.service.js';

const Payer = () =>
  ApiParam({
    name: 'id',
    type: 'string',
    description: '`user:<sub>` or `org:<id>`, percent-encoded',
    example: 'user:auth0%7C65f1c2a9',
  });

/** The payer that the path names; what names none is a 404. */
const NamedPayer = createParamDecorator((_data: unknown, context: ExecutionContext): ParsedPayer => {
  const payer = parsePayerName(String(context.switchToHttp().getRequest<Request>().params.id));
  if (payer === null) throw new BillingError('not_found', PAYER_NOT_FOUND);
  return payer;
});

@OperatorRoutes()
@RequireRole('admin')
@Controller('payers')
export class PayersController {
  constructor(private readonly payers: PayersService) {}

  @Get()
  @ApiOperation({ summary: 'Look a payer up, by its name, its Stripe customer or an e-mail; at most 100' })
  @ApiOkResponse({ type: [PayerDto] })
  @Problems('validation_failed')
  list(@Query() query: FindPayersDto): Promise<PayerDto[]> {
    return this.payers.list(query);
  }

  @Get(':id')
  @Payer()
  @ApiOperation({ summary: 'One payer' })
  @ApiOkResponse({ type: PayerDto })
  @Problems('not_found')
  get(@NamedPayer() payer: ParsedPayer): Promise<PayerDto> {
    return this.payers.get(payer);
  }

  @Post(':id/link')
  @HttpCode(200)
  @Payer()
  @ApiOperation({
    summary: 'Give a Stripe customer with all it has to a payer that has none',
    description:
      'One of nobody here, or that of another payer. The payer need not be known here yet. Its cards, subscriptions, invoices ' +
      'and payments come in within seconds.',
  })
  @ApiOkResponse({ type: PayerDto })
  @Problems('validation_failed', 'not_found', 'customer_exists', 'conflict', 'stripe_failed', 'stripe_unavailable')
  link(@NamedPayer() payer: ParsedPayer, @Body() { stripe_customer_id: id }: LinkCustomerDto): Promise<PayerDto> {
    return this.payers.link(payer, id);
  }

  @Post(':id/deactivate')
  @HttpCode(200)
  @Payer()
  @ApiOperation({ summary: 'Answer every request of a payer with 403; what it has goes on' })
  @ApiOkResponse({ type: PayerDto })
  @Problems('not_found')
  deactivate(@NamedPayer() payer: ParsedPayer): Promise<PayerDto> {
    return this.payers.setActive(payer, false);
  }

  @Post(':id/activate')
  @HttpCode(200)
  @Payer()
  @ApiOperation({ summary: 'Let a payer in again that was deactivated' })
  @ApiOkResponse({ type: PayerDto })
  @Problems('not_found', 'payer_closed')
  activate(@NamedPayer() payer: ParsedPayer): Promise<PayerDto> {
    return this.payers.setActive(payer, true);
  }

  @Post(':id/close')
  @HttpCode(200)
  @Payer()
  @ApiOperation({
    summary: 'Close a payer for good: subscriptions cancelled, personal data removed here and at Stripe',
    description:
      'The history of its money stays, and finalized invoices keep what is on them. When Stripe is away meanwhile, it is finished ' +
      'by itself.',
  })
  @ApiOkResponse({ type: PayerDto })
  @Problems('not_found', 'conflict', 'stripe_failed', 'stripe_unavailable')
  close(@NamedPayer() payer: ParsedPayer): Promise<PayerDto> {
    return this.payers.close(payer);
  }
}
