import {
  Body,
  Controller,
  createParamDecorator,
  Delete,
  type ExecutionContext,
  Get,
  HttpCode,
  HttpStatus,
  Patch,
  Post,
} from '@nestjs/common';
import { ApiNoContentResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Request } from 'express';
import { RequireRole } from '../auth/access.js';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { OperatorRoutes, Problems } from '../http/openapi/api-docs.js';
import {
  CreateOutgoingEndpointDto,
  NewOutgoingEndpointDto,
  OutgoingEndpointDto,
  QueuedDeliveriesDto,
  ReplayOutgoingEventsDto,
  UpdateOutgoingEndpointDto,
} from './dto/outgoing-endpoint.dto.js';
import { refusalOfAddress } from './endpoint-address.js';
import { toNewOutgoingEndpointDto, toOutgoingEndpointDto } from './outgoing-endpoint.mapper.js';
import { outgoingEndpoints } from './outgoing-endpoints.js';

const EndpointId = () => ApiParam({ name: 'id', type: 'integer', description: '`id` of the endpoint', example: 1 });

/** `:id` as a number that a row may have; what is none is a 404. */
const PathId = createParamDecorator((_data: unknown, context: ExecutionContext): number => {
  const id = String(context.switchToHttp().getRequest<Request>().params.id);
  if (!/^[1-9]\d{0,8}$/.test(id)) throw new BillingError('not_found', 'Endpoint not found');
  return Number(id);
});

/** Where events are delivered. */
@OperatorRoutes()
@RequireRole('admin')
@Controller('outgoing-endpoints')
export class OutgoingEndpointsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly config: AppConfig,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The endpoints of outgoing events, and what waits for each' })
  @ApiOkResponse({ type: [OutgoingEndpointDto] })
  async list(): Promise<OutgoingEndpointDto[]> {
    const found = await this.transactions.withoutTransaction((manager) => outgoingEndpoints.list(manager));
    return found.map(toOutgoingEndpointDto);
  }

  @Post()
  @ApiOperation({ summary: 'Have outgoing events delivered to an address; its secret is shown this once' })
  @ApiCreatedResponse({ type: NewOutgoingEndpointDto })
  @Problems('validation_failed')
  async add(@Body() { url, types }: CreateOutgoingEndpointDto): Promise<NewOutgoingEndpointDto> {
    const refusal = refusalOfAddress(url, this.config);
    if (refusal !== null) throw validationFailed([{ field: 'url', message: `url ${refusal}` }]);
    return toNewOutgoingEndpointDto(
      await this.transactions.run((manager) => outgoingEndpoints.add(manager, { url, types: types ?? null })),
    );
  }

  @Patch(':id')
  @EndpointId()
  @ApiOperation({ summary: 'Stop the deliveries to an endpoint, or have them go on' })
  @ApiOkResponse({ type: OutgoingEndpointDto })
  @Problems('not_found', 'validation_failed')
  async update(@PathId() id: number, @Body() { enabled }: UpdateOutgoingEndpointDto): Promise<OutgoingEndpointDto> {
    const changed = await this.transactions.run((manager) => outgoingEndpoints.setEnabled(manager, id, enabled));
    if (changed === null) throw new BillingError('not_found', 'Endpoint not found');
    return toOutgoingEndpointDto(changed);
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @EndpointId()
  @ApiOperation({ summary: 'Remove an endpoint with what waits for it' })
  @ApiNoContentResponse({ description: 'Removed' })
  @Problems('not_found')
  async remove(@PathId() id: number): Promise<void> {
    if (!(await this.transactions.run((manager) => outgoingEndpoints.remove(manager, id))))
      throw new BillingError('not_found', 'Endpoint not found');
  }

  @Post(':id/replay')
  @HttpCode(200)
  @EndpointId()
  @ApiOperation({ summary: 'Deliver events again: those that were given up, or all after one' })
  @ApiOkResponse({ type: QueuedDeliveriesDto })
  @Problems('not_found', 'validation_failed')
  async replay(@PathId() id: number, @Body() { after }: ReplayOutgoingEventsDto): Promise<QueuedDeliveriesDto> {
    const wish = after === undefined ? { failed: true as const } : { after };
    const queued = await this.transactions.run((manager) => outgoingEndpoints.replay(manager, id, wish));
    if (queued === null) throw new BillingError('not_found', 'Endpoint not found');
    return { queued };
  }
}
