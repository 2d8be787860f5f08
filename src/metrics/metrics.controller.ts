import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { Public } from '../auth/access.js';
import { Problems } from '../http/openapi/api-docs.js';
import { MetricsAccessGuard } from './metrics-access.guard.js';
import { MetricsService } from './metrics.service.js';

/** For Prometheus; outside of the API's base path and without limits. */
@ApiTags('health')
@Public()
@UseGuards(MetricsAccessGuard)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @ApiOperation({
    summary: 'Metrics for Prometheus',
    description:
      'Answers whoever sends `METRICS_TOKEN` as bearer token; without one, programs on the same machine, and in production nobody. Holds no personal data.',
  })
  @ApiOkResponse({
    description: 'Text format of Prometheus',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @Problems('authentication_required', 'not_found')
  async read(@Res() response: Response): Promise<void> {
    const text = await this.metrics.render();
    response.setHeader('Content-Type', this.metrics.contentType).setHeader('Cache-Control', 'no-store').send(text);
  }
}
