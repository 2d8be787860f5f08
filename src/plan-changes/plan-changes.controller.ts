import { Body, Controller, Patch, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { CurrentPayer, OwnedRow } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { OneAtATime } from '../exclusion/one-at-a-time.js';
import { LimitFailures } from '../http/failure-limit.interceptor.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { ReplayWith } from '../idempotency/replay.js';
import { SubscriptionResultDto } from '../subscriptions/dto/subscription-result.dto.js';
import { SubscriptionReplay } from '../subscriptions/subscription-replay.js';
import { SubscriptionRoute } from '../subscriptions/subscription-route.js';
import { type Subscription } from '../subscriptions/subscription.entity.js';
import { SetSeatsDto } from './dto/set-seats.dto.js';
import { UPDATE_EXAMPLES, UpdateSubscriptionDto } from './dto/update-subscription.dto.js';
import { PlanChangesService } from './plan-changes.service.js';

@BillingRoutes()
@Controller()
export class PlanChangesController {
  constructor(private readonly planChanges: PlanChangesService) {}

  @Patch('subscription/:id')
  @OneAtATime('plan_change')
  @LimitFailures()
  @ReplayWith(SubscriptionReplay)
  @SubscriptionRoute()
  @ApiOperation({ summary: 'Change the plan or the card of a subscription' })
  @ApiBody({ type: UpdateSubscriptionDto, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: SubscriptionResultDto })
  @Problems('invalid_tier', 'invalid_interval', 'validation_failed', 'nothing_to_update', 'invalid_payment_method')
  @Problems('not_found', 'card_declined', 'subscription_state', 'scheduled_for_cancellation', 'purchase_in_progress')
  @Problems('conflict', 'not_in_catalogue', 'plan_unavailable', 'stripe_failed', 'stripe_unavailable')
  @Problems('invalid_add_on', 'add_on_does_not_fit', 'currency_fixed', 'seats_in_use')
  update(
    @CurrentPayer() payer: Payer,
    @OwnedRow() row: Subscription,
    @Body() body: UpdateSubscriptionDto,
  ): Promise<SubscriptionResultDto> {
    return this.planChanges.update(payer, row, body);
  }

  @Put('subscription/:id/seats')
  @OneAtATime('plan_change')
  @LimitFailures()
  @SubscriptionRoute()
  @ApiOperation({ summary: 'Set the number of seats; the same number again changes nothing' })
  @ApiOkResponse({ type: SubscriptionResultDto })
  @Problems('validation_failed', 'not_found', 'card_declined', 'subscription_state', 'scheduled_for_cancellation')
  @Problems('purchase_in_progress', 'conflict', 'not_in_catalogue', 'plan_unavailable', 'add_on_does_not_fit')
  @Problems('seats_in_use', 'currency_fixed', 'stripe_failed', 'stripe_unavailable')
  setSeats(@OwnedRow() row: Subscription, @Body() body: SetSeatsDto): Promise<SubscriptionResultDto> {
    return this.planChanges.setSeats(row, body);
  }
}
