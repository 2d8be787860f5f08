import { Body, Controller, Get, HttpCode, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { Owned } from '../auth/access.js';
import { CurrentUser, OwnedRow } from '../auth/request-user.js';
import { type User } from '../auth/user.entity.js';
import { BillingRoutes, OkOrNull, Problems } from '../http/openapi/api-docs.js';
import { type Page, PAGE_HEADERS, PageInterceptor } from '../http/pagination.js';
import { ReplyStatus, type SetReplyStatus } from '../http/reply-status.js';
import { ReplayWith } from '../idempotency/replay.js';
import { CancelSubscriptionDto } from './dto/cancel-subscription.dto.js';
import { CreateSubscriptionDto } from '../purchases/dto/create-subscription.dto.js';
import { CANCEL_EXAMPLES, CREATE_EXAMPLES, UPDATE_EXAMPLES } from './dto/examples.js';
import { ListSubscriptionsDto } from './dto/list-subscriptions.dto.js';
import { SubscriptionResultDto } from './dto/subscription-result.dto.js';
import { SubscriptionDto } from './dto/subscription.dto.js';
import { UpdateSubscriptionDto } from '../plan-changes/dto/update-subscription.dto.js';
import { Subscription } from './subscription.entity.js';
import { SubscriptionsService } from './subscriptions.service.js';

const NOT_FOUND = 'Subscription not found';
const SubscriptionId = () =>
  ApiParam({ name: 'id', type: 'integer', description: 'Our id of the subscription', example: 1 });

@BillingRoutes()
@Controller()
export class SubscriptionsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Get('subscription')
  @ApiOperation({ summary: 'The current subscription of the caller, or null' })
  @OkOrNull(SubscriptionDto, 'The newest live one; null when there is none')
  findCurrent(@CurrentUser() user: User): Promise<SubscriptionDto | null> {
    return this.subscriptions.findCurrent(user);
  }

  @Get('subscriptions')
  @UseInterceptors(PageInterceptor)
  @ApiOperation({ summary: 'All subscriptions of the caller, newest first' })
  @ApiOkResponse({ type: [SubscriptionDto], headers: PAGE_HEADERS })
  @Problems('validation_failed')
  list(@CurrentUser() user: User, @Query() query: ListSubscriptionsDto): Promise<Page<SubscriptionDto>> {
    return this.subscriptions.list(user, query);
  }

  @Post('subscription')
  @ReplayWith(SubscriptionsService)
  @ApiOperation({ summary: 'Subscribe to a plan' })
  @ApiBody({ type: CreateSubscriptionDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: SubscriptionResultDto })
  @ApiOkResponse({
    type: SubscriptionResultDto,
    description: 'An unfinished purchase of the same plan is gone on with',
  })
  @Problems(
    'invalid_tier',
    'invalid_interval',
    'validation_failed',
    'email_required',
    'invalid_coupon',
    'invalid_payment_method',
  )
  @Problems('card_declined', 'subscription_exists', 'trial_already_used', 'purchase_in_progress', 'conflict')
  @Problems('stripe_failed', 'stripe_unavailable')
  create(
    @CurrentUser() user: User,
    @Body() body: CreateSubscriptionDto,
    @ReplyStatus() setStatus: SetReplyStatus,
  ): Promise<SubscriptionResultDto> {
    return this.subscriptions.create(user, body, setStatus);
  }

  @Patch('subscription/:id')
  @ReplayWith(SubscriptionsService)
  @Owned(Subscription, NOT_FOUND)
  @SubscriptionId()
  @ApiOperation({ summary: 'Change the plan or the card of a subscription' })
  @ApiBody({ type: UpdateSubscriptionDto, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: SubscriptionResultDto })
  @Problems('invalid_tier', 'invalid_interval', 'validation_failed', 'nothing_to_update', 'invalid_payment_method')
  @Problems('not_found', 'card_declined', 'subscription_state', 'scheduled_for_cancellation', 'purchase_in_progress')
  @Problems('stripe_failed', 'stripe_unavailable')
  update(@OwnedRow() row: Subscription, @Body() body: UpdateSubscriptionDto): Promise<SubscriptionResultDto> {
    return this.subscriptions.update(row, body);
  }

  @Post('subscription/:id/cancel')
  @HttpCode(200)
  @Owned(Subscription, NOT_FOUND)
  @SubscriptionId()
  @ApiOperation({ summary: 'Cancel a subscription at the end of the period, or now' })
  @ApiBody({ type: CancelSubscriptionDto, required: false, examples: CANCEL_EXAMPLES })
  @ApiOkResponse({ type: SubscriptionDto })
  @Problems('validation_failed', 'not_found', 'subscription_state', 'stripe_failed', 'stripe_unavailable')
  cancel(@OwnedRow() row: Subscription, @Body() body: CancelSubscriptionDto): Promise<SubscriptionDto> {
    return this.subscriptions.cancel(row, body);
  }

  @Post('subscription/:id/reactivate')
  @HttpCode(200)
  @Owned(Subscription, NOT_FOUND)
  @SubscriptionId()
  @ApiOperation({ summary: 'Take back a scheduled cancellation' })
  @ApiOkResponse({ type: SubscriptionDto })
  @Problems('not_found', 'not_scheduled_for_cancellation', 'subscription_state', 'stripe_failed', 'stripe_unavailable')
  reactivate(@OwnedRow() row: Subscription): Promise<SubscriptionDto> {
    return this.subscriptions.reactivate(row);
  }
}
