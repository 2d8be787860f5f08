import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { PurchasesModule } from '../purchases/purchases.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { PayerClosing } from './payer-closing.js';
import { PayerLink } from './payer-link.js';
import { PayerReader } from './payer.reader.js';
import { PayersController } from './payers.controller.js';
import { PayersService } from './payers.service.js';
import { PersonalDataRemoval } from './personal-data-removal.js';
import { OrganizationMembers } from './organization-members.js';
import { OrganizationsController } from './organizations.controller.js';

/** What operators and the host's backend do about payers. */
@Module({
  imports: [CustomersModule, PaymentMethodsModule, SubscriptionsModule, PurchasesModule],
  controllers: [OrganizationsController, PayersController],
  providers: [OrganizationMembers, PayersService, PayerReader, PayerLink, PayerClosing, PersonalDataRemoval],
  exports: [PayerLink, PayerClosing],
})
export class PayersModule {}
