import { Module } from '@nestjs/common';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsReader } from './metrics.reader.js';
import { MetricsService } from './metrics.service.js';

@Module({ imports: [WebhooksModule], controllers: [MetricsController], providers: [MetricsService, MetricsReader] })
export class MetricsModule {}
