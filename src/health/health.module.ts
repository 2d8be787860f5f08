import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

@Module({ imports: [PlansModule], controllers: [HealthController], providers: [HealthService] })
export class HealthModule {}
