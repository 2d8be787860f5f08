import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/access.js';
import { ReplyStatus, type SetReplyStatus } from '../http/reply-status.js';
import { LivenessDto, ReadinessDto } from './dto/health.dto.js';
import { HealthService } from './health.service.js';

/** For load balancers and process managers; outside of the API's base path, without token and without limits. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether the process runs; one that does not answer should be restarted' })
  @ApiOkResponse({ type: LivenessDto })
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether requests should be sent here, and which parts work' })
  @ApiOkResponse({ type: ReadinessDto, description: '`ready`, or `degraded` while Stripe is away' })
  @ApiServiceUnavailableResponse({ type: ReadinessDto, description: '`unavailable`: it cannot serve' })
  async ready(@ReplyStatus() setStatus: SetReplyStatus): Promise<ReadinessDto> {
    const state = await this.health.look();
    if (state.status === 'unavailable') setStatus(503);
    return state;
  }
}
