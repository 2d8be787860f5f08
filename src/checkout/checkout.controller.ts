import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { OneAtATime } from '../exclusion/one-at-a-time.js';
import { LimitFailures } from '../http/failure-limit.interceptor.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { ReplayWith } from '../idempotency/replay.js';
import { CheckoutService } from './checkout.service.js';
import { CheckoutSessionDto } from './dto/checkout-session.dto.js';
import { CreateCheckoutDto } from './dto/create-checkout.dto.js';

@BillingRoutes()
@Controller('checkout')
export class CheckoutController {
  constructor(private readonly checkout: CheckoutService) {}

  @Post()
  @OneAtATime('purchase')
  @HttpCode(200)
  @LimitFailures()
  @ReplayWith(CheckoutService)
  @ApiOperation({ summary: 'Begin a purchase on a page of Stripe; an open one of the same plan is resumed' })
  @ApiOkResponse({ type: CheckoutSessionDto })
  @Problems(
    'invalid_tier',
    'invalid_interval',
    'invalid_add_on',
    'invalid_currency',
    'validation_failed',
    'email_required',
    'invalid_coupon',
  )
  @Problems('subscription_exists', 'trial_already_used', 'purchase_in_progress', 'subscription_state', 'conflict')
  @Problems('currency_fixed', 'existing_customer', 'plan_unavailable', 'stripe_failed', 'stripe_unavailable')
  create(@CurrentPayer() payer: Payer, @Body() body: CreateCheckoutDto): Promise<CheckoutSessionDto> {
    return this.checkout.create(payer, body);
  }
}
