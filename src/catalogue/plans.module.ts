import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { catalogueOf } from './catalogue-file.js';
import { Catalogue } from './catalogue.js';
import { PlansController } from './plans.controller.js';
import { PlansService } from './plans.service.js';
import { PriceGateway } from './price.gateway.js';

@Module({
  controllers: [PlansController],
  providers: [PlansService, PriceGateway, { provide: Catalogue, useFactory: catalogueOf, inject: [AppConfig] }],
  exports: [PlansService, Catalogue],
})
export class PlansModule {}
