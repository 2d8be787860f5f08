import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { OwnedRow } from '../../auth/authenticated-request.js';
import { OneAtATime } from '../../exclusion/one-at-a-time.js';
import { BillingRoutes, Problems } from '../../http/openapi/api-docs.js';
import { CANCEL_EXAMPLES, CancelSubscriptionDto } from '../dto/cancel-subscription.dto.js';
import { SubscriptionDto } from '../dto/subscription.dto.js';
import { SubscriptionRoute } from '../subscription-route.js';
import { type Subscription } from '../subscription.entity.js';
import { SubscriptionsService } from '../subscriptions.service.js';

@BillingRoutes()
@Controller()
export class CancellationsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Post('subscription/:id/cancel')
  @OneAtATime('subscription')
  @HttpCode(200)
  @SubscriptionRoute()
  @ApiOperation({ summary: 'Cancel a subscription at the end of the period, or now' })
  @ApiBody({ type: CancelSubscriptionDto, required: false, examples: CANCEL_EXAMPLES })
  @ApiOkResponse({ type: SubscriptionDto })
  @Problems('validation_failed', 'not_found', 'subscription_state', 'conflict', 'stripe_failed', 'stripe_unavailable')
  cancel(@OwnedRow() row: Subscription, @Body() body: CancelSubscriptionDto): Promise<SubscriptionDto> {
    return this.subscriptions.cancel(row, body);
  }

  @Post('subscription/:id/reactivate')
  @OneAtATime('subscription')
  @HttpCode(200)
  @SubscriptionRoute()
  @ApiOperation({ summary: 'Take back a scheduled cancellation' })
  @ApiOkResponse({ type: SubscriptionDto })
  @Problems('not_found', 'not_scheduled_for_cancellation', 'payment_method_required', 'subscription_state', 'conflict')
  @Problems('stripe_failed', 'stripe_unavailable')
  reactivate(@OwnedRow() row: Subscription): Promise<SubscriptionDto> {
    return this.subscriptions.reactivate(row);
  }
}
