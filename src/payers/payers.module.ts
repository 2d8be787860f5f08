import { Module } from '@nestjs/common';
import { OrganizationsController } from './organizations.controller.js';

/** What operators and the host's backend do about payers. */
@Module({ controllers: [OrganizationsController] })
export class PayersModule {}
