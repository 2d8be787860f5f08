import { Controller, Get, Query, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { BillingRoutes, OkOrNull, Problems } from '../http/openapi/api-docs.js';
import { type Page, PAGE_HEADERS, PageInterceptor } from '../http/pagination.js';
import { CurrentSubscriptionDto } from './dto/current-subscription.dto.js';
import { ListSubscriptionsDto } from './dto/list-subscriptions.dto.js';
import { SubscriptionDto } from './dto/subscription.dto.js';
import { SubscriptionsService } from './subscriptions.service.js';

@BillingRoutes()
@Controller()
export class SubscriptionsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Get('subscription')
  @ApiOperation({ summary: 'The current subscription of the caller, or null' })
  @OkOrNull(SubscriptionDto, 'The live one of the group; null when there is none')
  @Problems('validation_failed')
  findCurrent(@CurrentPayer() payer: Payer, @Query() query: CurrentSubscriptionDto): Promise<SubscriptionDto | null> {
    return this.subscriptions.findCurrent(payer, query);
  }

  @Get('subscriptions')
  @UseInterceptors(PageInterceptor)
  @ApiOperation({ summary: 'All subscriptions of the caller, newest first' })
  @ApiOkResponse({ type: [SubscriptionDto], headers: PAGE_HEADERS })
  @Problems('validation_failed')
  list(@CurrentPayer() payer: Payer, @Query() query: ListSubscriptionsDto): Promise<Page<SubscriptionDto>> {
    return this.subscriptions.list(payer, query);
  }
}
