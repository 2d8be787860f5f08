import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { Owned } from '../auth/access.js';
import { CurrentPayer, OwnedRow } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { OneAtATime } from '../exclusion/one-at-a-time.js';
import { LimitFailures } from '../http/failure-limit.interceptor.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { ReplayWith } from '../idempotency/replay.js';
import { AddPaymentMethodDto } from './dto/add-payment-method.dto.js';
import { PaymentMethodDto } from './dto/payment-method.dto.js';
import { SetupIntentDto } from './dto/setup-intent.dto.js';
import { PaymentMethod } from './payment-method.entity.js';
import { PAYMENT_METHOD_NOT_FOUND, PaymentMethodsService } from './payment-methods.service.js';

const ID = { name: 'id', type: 'integer', description: 'Our id of the payment method', example: 1 };

@BillingRoutes()
@Controller('payment-methods')
export class PaymentMethodsController {
  constructor(private readonly methods: PaymentMethodsService) {}

  @Get()
  @ApiOperation({ summary: "The caller's payment methods: the default first, then the newest" })
  @ApiOkResponse({ type: [PaymentMethodDto] })
  list(@CurrentPayer() payer: Payer): Promise<PaymentMethodDto[]> {
    return this.methods.list(payer);
  }

  @Post()
  @OneAtATime('payment_methods')
  @LimitFailures()
  @ApiOperation({ summary: 'Add a payment method; the first one becomes the default' })
  @ApiCreatedResponse({ type: PaymentMethodDto })
  @Problems('validation_failed', 'invalid_payment_method', 'email_required', 'card_declined', 'payment_method_limit')
  @Problems('existing_customer', 'conflict', 'stripe_failed', 'stripe_unavailable')
  add(@CurrentPayer() payer: Payer, @Body() request: AddPaymentMethodDto): Promise<PaymentMethodDto> {
    return this.methods.add(payer, request);
  }

  @Post('setup-intent')
  @LimitFailures()
  @ReplayWith(PaymentMethodsService)
  @ApiOperation({ summary: 'Begin to collect a card in the browser; add its payment method afterwards' })
  @ApiCreatedResponse({ type: SetupIntentDto })
  @Problems('email_required', 'existing_customer', 'payment_method_limit', 'conflict')
  @Problems('stripe_failed', 'stripe_unavailable')
  createSetupIntent(@CurrentPayer() payer: Payer): Promise<SetupIntentDto> {
    return this.methods.createSetupIntent(payer);
  }

  @Post(':id/default')
  @OneAtATime('payment_methods')
  @HttpCode(HttpStatus.OK)
  @Owned(PaymentMethod, PAYMENT_METHOD_NOT_FOUND)
  @ApiParam(ID)
  @ApiOperation({ summary: 'Make a payment method the one that pays' })
  @ApiOkResponse({ type: PaymentMethodDto })
  @Problems('not_found', 'conflict', 'stripe_failed', 'stripe_unavailable')
  setDefault(@CurrentPayer() payer: Payer, @OwnedRow() method: PaymentMethod): Promise<PaymentMethodDto> {
    return this.methods.setDefault(payer, method);
  }

  @Delete(':id')
  @OneAtATime('payment_methods')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Owned(PaymentMethod, PAYMENT_METHOD_NOT_FOUND)
  @ApiParam(ID)
  @ApiOperation({ summary: 'Remove a payment method; the newest of the others becomes the default where it was' })
  @ApiNoContentResponse({ description: 'Removed' })
  @Problems('not_found', 'payment_method_in_use', 'conflict', 'stripe_failed', 'stripe_unavailable')
  remove(@CurrentPayer() payer: Payer, @OwnedRow() method: PaymentMethod): Promise<void> {
    return this.methods.remove(payer, method);
  }
}
