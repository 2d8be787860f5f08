import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { EveryPayerToo } from '../auth/access.js';
import { PayerOrEverybody } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { ListOutgoingEventsDto } from './dto/list-outgoing-events.dto.js';
import { OutgoingEventDto } from './dto/outgoing-event.dto.js';
import { toOutgoingEventDto } from './outgoing-event.mapper.js';
import { OutgoingEventsReader } from './outgoing-events.reader.js';

/** What changed, for programs that would rather ask than be told. */
@BillingRoutes()
@Controller('events')
export class OutgoingEventsController {
  constructor(private readonly reader: OutgoingEventsReader) {}

  @Get()
  @EveryPayerToo()
  @ApiOperation({
    summary: 'What changed for the caller, oldest first; for everybody with a service key that names no payer',
  })
  @ApiOkResponse({ type: [OutgoingEventDto] })
  @Problems('validation_failed')
  async list(
    @PayerOrEverybody() payer: Payer | null,
    @Query() { after = '0', limit }: ListOutgoingEventsDto,
  ): Promise<OutgoingEventDto[]> {
    return (await this.reader.list(payer, after, limit)).map(toOutgoingEventDto);
  }
}
