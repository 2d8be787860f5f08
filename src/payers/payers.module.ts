import { Module } from '@nestjs/common';
import { OrganizationMembers } from './organization-members.js';
import { OrganizationsController } from './organizations.controller.js';

/** What operators and the host's backend do about payers. */
@Module({ controllers: [OrganizationsController], providers: [OrganizationMembers] })
export class PayersModule {}
