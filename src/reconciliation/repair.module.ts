import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { CheckoutModule } from '../checkout/checkout.module.js';
import { CouponsModule } from '../coupons/coupons.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { InvoicesModule } from '../invoices/invoices.module.js';
import { PayersModule } from '../payers/payers.module.js';
import { PaymentMethodsModule } from '../payment-methods/payment-methods.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { PlanChangesModule } from '../plan-changes/plan-changes.module.js';
import { PurchasesModule } from '../purchases/purchases.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { InboxModule } from '../webhooks/inbox.module.js';
import { AccountGateway } from './account.gateway.js';
import { AccountReader } from './account-reader.js';
import { BackfillService } from './backfill.service.js';
import { CustomerIntake } from './customer-intake.js';
import { EventGateway } from './event.gateway.js';
import { GapRepair } from './gap-repair.js';
import { AccountImport } from './import/account-import.js';
import { ImportReader } from './import/import-reader.js';
import { OperationHandlers } from './operation-handlers.js';
import { OperationRecovery } from './operation-recovery.js';
import { PayerMetadataWriter } from './payer-metadata-writer.js';
import { ReconciliationService } from './reconciliation.service.js';
import { RepairProgress } from './repair-progress.js';

/** Repair on demand, for the CLI and for what runs in the background. Nothing in it starts by itself. */
@Module({
  imports: [
    InboxModule,
    PlansModule,
    CouponsModule,
    CustomersModule,
    PaymentMethodsModule,
    SubscriptionsModule,
    InvoicesModule,
    PaymentsModule,
    PurchasesModule,
    PlanChangesModule,
    CheckoutModule,
    PayersModule,
  ],
  providers: [
    AccountGateway,
    AccountReader,
    EventGateway,
    RepairProgress,
    ReconciliationService,
    BackfillService,
    GapRepair,
    CustomerIntake,
    OperationHandlers,
    OperationRecovery,
    PayerMetadataWriter,
    ImportReader,
    AccountImport,
  ],
  exports: [
    AccountImport,
    PayerMetadataWriter,
    OperationRecovery,
    AccountReader,
    ReconciliationService,
    BackfillService,
    GapRepair,
    RepairProgress,
  ],
})
export class RepairModule {}
