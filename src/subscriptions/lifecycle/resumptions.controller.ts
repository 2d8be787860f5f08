import { Controller, Delete, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { OwnedRow } from '../../auth/authenticated-request.js';
import { OneAtATime } from '../../exclusion/one-at-a-time.js';
import { LimitFailures } from '../../http/failure-limit.interceptor.js';
import { BillingRoutes, Problems } from '../../http/openapi/api-docs.js';
import { ReplayWith } from '../../idempotency/replay.js';
import { SubscriptionDto } from '../dto/subscription.dto.js';
import { SubscriptionResultDto } from '../dto/subscription-result.dto.js';
import { SubscriptionReplay } from '../subscription-replay.js';
import { SubscriptionRoute } from '../subscription-route.js';
import { type Subscription } from '../subscription.entity.js';
import { SubscriptionsService } from '../subscriptions.service.js';

@BillingRoutes()
@Controller()
export class ResumptionsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Post('subscription/:id/resume')
  @OneAtATime('subscription')
  @LimitFailures()
  @HttpCode(200)
  @ReplayWith(SubscriptionReplay)
  @SubscriptionRoute()
  @ApiOperation({ summary: 'Resume a paused subscription; its new period is charged to the default card' })
  @ApiOkResponse({ type: SubscriptionResultDto })
  @Problems('not_found', 'card_declined', 'subscription_state', 'payment_method_required', 'purchase_in_progress')
  @Problems('conflict', 'stripe_failed', 'stripe_unavailable')
  resume(@OwnedRow() row: Subscription): Promise<SubscriptionResultDto> {
    return this.subscriptions.resume(row);
  }

  @Delete('subscription/:id/scheduled-change')
  @OneAtATime('subscription')
  @HttpCode(200)
  @SubscriptionRoute()
  @ApiOperation({ summary: 'Drop the change of plan that waits for the end of the period' })
  @ApiOkResponse({ type: SubscriptionDto })
  @Problems('not_found', 'not_in_catalogue', 'conflict', 'stripe_failed', 'stripe_unavailable')
  dropScheduledChange(@OwnedRow() row: Subscription): Promise<SubscriptionDto> {
    return this.subscriptions.dropScheduledChange(row);
  }
}
