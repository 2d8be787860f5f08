import {
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  HttpCode,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Request } from 'express';
import { RequireRole } from '../auth/access.js';
import { OperatorRoutes, Problems } from '../http/openapi/api-docs.js';
import { type Page, PAGE_HEADERS, PageInterceptor } from '../http/pagination.js';
import { ListWebhookEventsDto } from './dto/list-webhook-events.dto.js';
import { ReplayedEventsDto, WebhookEventDetailsDto, WebhookEventDto } from './dto/webhook-event.dto.js';
import { WebhookEventsService } from './webhook-events.service.js';

const EventId = () =>
  ApiParam({ name: 'id', type: 'string', description: '`event_id` of the event', example: 'evt_1Q9XyZ' });

/** `:id` as it was sent: whatever it holds, what is no event is a 404. */
const PathId = createParamDecorator((_data: unknown, context: ExecutionContext): string =>
  String(context.switchToHttp().getRequest<Request>().params.id),
);

@OperatorRoutes()
@RequireRole('admin')
@Controller('webhook-events')
export class WebhookEventsController {
  constructor(private readonly events: WebhookEventsService) {}

  @Get()
  @UseInterceptors(PageInterceptor)
  @ApiOperation({ summary: 'The events of the inbox, newest first' })
  @ApiOkResponse({ type: [WebhookEventDto], headers: PAGE_HEADERS })
  @Problems('validation_failed', 'not_found')
  list(@Query() query: ListWebhookEventsDto): Promise<Page<WebhookEventDto>> {
    return this.events.list(query);
  }

  @Get(':id')
  @EventId()
  @ApiOperation({ summary: 'One event with its content and its last error' })
  @ApiOkResponse({ type: WebhookEventDetailsDto })
  @Problems('not_found')
  get(@PathId() id: string): Promise<WebhookEventDetailsDto> {
    return this.events.get(id);
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Handle every failed event again' })
  @ApiOkResponse({ type: ReplayedEventsDto })
  replayFailed(): Promise<ReplayedEventsDto> {
    return this.events.replayFailed();
  }

  @Post(':id/replay')
  @HttpCode(200)
  @EventId()
  @ApiOperation({
    summary: 'Handle one event again',
    description: 'Whatever became of it; handling an event twice does no harm. One that waits already stays as it is.',
  })
  @ApiOkResponse({ type: WebhookEventDto })
  @Problems('not_found')
  replay(@PathId() id: string): Promise<WebhookEventDto> {
    return this.events.replay(id);
  }
}
