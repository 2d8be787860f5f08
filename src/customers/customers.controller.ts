import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { BillingRoutes, OkOrNull, Problems } from '../http/openapi/api-docs.js';
import { CustomersService } from './customers.service.js';
import { CustomerDto } from './dto/customer.dto.js';
import { UpdateCustomerDto } from './dto/update-customer.dto.js';

@BillingRoutes()
@Controller('customer')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get()
  @ApiOperation({ summary: 'The caller as a customer; null before the first purchase or card' })
  @OkOrNull(CustomerDto, 'The customer; null when there is none yet')
  find(@CurrentPayer() payer: Payer): Promise<CustomerDto | null> {
    return this.customers.find(payer);
  }

  @Patch()
  @ApiOperation({ summary: 'Change name, e-mail, phone or address of the caller' })
  @ApiOkResponse({ type: CustomerDto })
  @Problems('validation_failed', 'nothing_to_update', 'email_required', 'refused_by_stripe')
  @Problems('existing_customer', 'conflict', 'stripe_failed', 'stripe_unavailable')
  update(@CurrentPayer() payer: Payer, @Body() changes: UpdateCustomerDto): Promise<CustomerDto> {
    return this.customers.update(payer, changes);
  }
}
