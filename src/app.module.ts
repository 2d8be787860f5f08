import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { dataSourceOptions } from '../ormconfig.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { CheckoutModule } from './checkout/checkout.module.js';
import { CommonModule } from './common/common.module.js';
import { type AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { CouponsModule } from './coupons/coupons.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { DatabaseModule } from './database/database.module.js';
import { ExclusionModule } from './exclusion/exclusion.module.js';
import { EntitlementsModule } from './entitlements/entitlements.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { InvoicesModule } from './invoices/invoices.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { DispatchModule } from './outgoing-events/dispatch.module.js';
import { OutgoingEventsModule } from './outgoing-events/outgoing-events.module.js';
import { PayersModule } from './payers/payers.module.js';
import { PaymentMethodsModule } from './payment-methods/payment-methods.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { PlanChangesModule } from './plan-changes/plan-changes.module.js';
import { PurchasesModule } from './purchases/purchases.module.js';
import { PlansModule } from './catalogue/plans.module.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import { StripeModule } from './stripe/stripe.module.js';
import { SubscriptionsModule } from './subscriptions/subscriptions.module.js';
import { SyncModule } from './sync/sync.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** Everything but what runs by itself or is called by Stripe and operators: the ground of the server and of the CLI. */
export function coreModules(config: AppConfig): NonNullable<ModuleMetadata['imports']> {
  return [
    ConfigModule.forRoot(config),
    CommonModule,
    DatabaseModule.forRoot(
      dataSourceOptions(config.env.DATABASE_URL, config.env.DATABASE_SCHEMA, config.env.DATABASE_POOL_SIZE),
    ),
    StripeModule,
    AuthModule,
    HttpModule,
    AuditModule,
    SyncModule,
    OutgoingEventsModule,
    OperationsModule,
    IdempotencyModule,
    ExclusionModule,
    PlansModule,
    CouponsModule,
    CustomersModule,
    PaymentMethodsModule,
    SubscriptionsModule,
    PurchasesModule,
    PlanChangesModule,
    CheckoutModule,
    InvoicesModule,
    PaymentsModule,
    PayersModule,
    EntitlementsModule,
  ];
}

/** The whole application for one configuration. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ...coreModules(config),
        WebhooksModule,
        DispatchModule,
        ReconciliationModule,
        HealthModule,
        MetricsModule,
      ],
    };
  }
}
