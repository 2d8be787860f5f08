import { Body, Controller, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { OneAtATime } from '../exclusion/one-at-a-time.js';
import { LimitFailures } from '../http/failure-limit.interceptor.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { ReplyStatus, type SetReplyStatus } from '../http/reply-status.js';
import { ReplayWith } from '../idempotency/replay.js';
import { SubscriptionResultDto } from '../subscriptions/dto/subscription-result.dto.js';
import { SubscriptionReplay } from '../subscriptions/subscription-replay.js';
import { CREATE_EXAMPLES, CreateSubscriptionDto } from './dto/create-subscription.dto.js';
import { PurchasesService } from './purchases.service.js';

@BillingRoutes()
@Controller()
export class PurchasesController {
  constructor(private readonly purchases: PurchasesService) {}

  @Post('subscription')
  @OneAtATime('purchase')
  @LimitFailures()
  @ReplayWith(SubscriptionReplay)
  @ApiOperation({ summary: 'Subscribe to a plan' })
  @ApiBody({ type: CreateSubscriptionDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: SubscriptionResultDto })
  @ApiOkResponse({
    type: SubscriptionResultDto,
    description: 'An unfinished purchase of the same plan is resumed',
  })
  @Problems(
    'invalid_tier',
    'invalid_interval',
    'invalid_add_on',
    'invalid_currency',
    'validation_failed',
    'email_required',
    'invalid_coupon',
    'invalid_payment_method',
  )
  @Problems('card_declined', 'subscription_exists', 'trial_already_used', 'purchase_in_progress', 'conflict')
  @Problems('currency_fixed', 'existing_customer')
  @Problems('plan_unavailable', 'stripe_failed', 'stripe_unavailable')
  create(
    @CurrentPayer() payer: Payer,
    @Body() body: CreateSubscriptionDto,
    @ReplyStatus() setStatus: SetReplyStatus,
  ): Promise<SubscriptionResultDto> {
    return this.purchases.create(payer, body, setStatus);
  }
}
