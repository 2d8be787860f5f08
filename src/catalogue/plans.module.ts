import { Module } from '@nestjs/common';
import { PlansController } from './plans.controller.js';
import { PlansService } from './plans.service.js';
import { PriceGateway } from './price.gateway.js';

@Module({ controllers: [PlansController], providers: [PlansService, PriceGateway], exports: [PlansService] })
export class PlansModule {}
