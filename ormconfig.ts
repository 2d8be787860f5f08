import 'reflect-metadata';
import { type ClientBase } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Organization } from './src/auth/organization.entity.js';
import { AuditEntry } from './src/audit/audit-entry.entity.js';
import { ServiceKey } from './src/auth/service-key.entity.js';
import { RemovedMember } from './src/auth/removed-member.entity.js';
import { User } from './src/auth/user.entity.js';
import { readEnvironment } from './src/config/environment.js';
import { Coupon } from './src/coupons/coupon.entity.js';
import { PromotionCode } from './src/coupons/promotion-code.entity.js';
import { Customer } from './src/customers/customer.entity.js';
import { FormerStripeCustomer } from './src/customers/former-stripe-customer.entity.js';
import { Installation } from './src/customers/installation.entity.js';
import { CreateBillingTables1795341600000 } from './src/database/migrations/1795341600000-create-billing-tables.js';
import { IndexEventsByAge1795529000000 } from './src/database/migrations/1795529000000-index-events-by-age.js';
import { CreateRepairProgress1795530000000 } from './src/database/migrations/1795530000000-create-repair-progress.js';
import { IndexEventsOfSecondCustomers1795554000000 } from './src/database/migrations/1795554000000-index-events-of-second-customers.js';
import { KeepFormerStripeCustomers1795548000000 } from './src/database/migrations/1795548000000-keep-former-stripe-customers.js';
import { RenameStripeOperations1795924800000 } from './src/database/migrations/1795924800000-rename-stripe-operations.js';
import { NameOwnersOfLeases1795950000000 } from './src/database/migrations/1795950000000-name-owners-of-leases.js';
import { CreateInstallation1795968000000 } from './src/database/migrations/1795968000000-create-installation.js';
import { KeepCustomerTextsWhole1796004000000 } from './src/database/migrations/1796004000000-keep-customer-texts-whole.js';
import { CreatePayerLeases1795990000000 } from './src/database/migrations/1795990000000-create-payer-leases.js';
import { endWhenSilent } from './src/database/silent-connection.js';
import { MIGRATIONS_TABLE } from './src/database/migration-history.js';
import { DEFAULT_SCHEMA, searchPath } from './src/database/schema.js';
import { IndexOwnersOfLeases1795950100000 } from './src/database/migrations/1795950100000-index-owners-of-leases.js';
import { KeepItemsOfSubscriptions1796000000000 } from './src/database/migrations/1796000000000-keep-items-of-subscriptions.js';
import { ShowWhatWaits1796010000000 } from './src/database/migrations/1796010000000-show-what-waits.js';
import { KeepOrganizations1796110000000 } from './src/database/migrations/1796110000000-keep-organizations.js';
import { IndexCustomersByOrganization1796110100000 } from './src/database/migrations/1796110100000-index-customers-by-organization.js';
import { ClosePayers1796140000000 } from './src/database/migrations/1796140000000-close-payers.js';
import { CreateAuditLog1796130000000 } from './src/database/migrations/1796130000000-create-audit-log.js';
import { KeepItemsAndUsage1796150000000 } from './src/database/migrations/1796150000000-keep-items-and-usage.js';
import { CreateOutgoingEvents1796200000000 } from './src/database/migrations/1796200000000-create-outgoing-events.js';
import { CreateOutgoingEndpoints1796200100000 } from './src/database/migrations/1796200100000-create-outgoing-endpoints.js';
import { MarkImportedCustomers1796300000000 } from './src/database/migrations/1796300000000-mark-imported-customers.js';
import { KeepCurrenciesOfCustomers1796320000000 } from './src/database/migrations/1796320000000-keep-currencies-of-customers.js';
import { TellWhatComesByTime1796310000000 } from './src/database/migrations/1796310000000-tell-what-comes-by-time.js';
import { IndexEventsByCustomer1796310100000 } from './src/database/migrations/1796310100000-index-events-by-customer.js';
import { CreateServiceKeys1796120000000 } from './src/database/migrations/1796120000000-create-service-keys.js';
import { LetPlansAloneExcludeEachOther1796012300000 } from './src/database/migrations/1796012300000-let-plans-alone-exclude-each-other.js';
import { NamePlansByCatalogue1796012000000 } from './src/database/migrations/1796012000000-name-plans-by-catalogue.js';
import { KeepSeatsAndAddOnsOfChanges1796160000000 } from './src/database/migrations/1796160000000-keep-seats-and-add-ons-of-changes.js';
import { KeepDisputes1795991000000 } from './src/database/migrations/1795991000000-keep-disputes.js';
import { NameOwnersOfClaims1796020000000 } from './src/database/migrations/1796020000000-name-owners-of-claims.js';
import { SnakeCaseNamingStrategy } from './src/database/naming-strategy.js';
import { ServiceProcess } from './src/database/service-process.entity.js';
import { PayerLease } from './src/exclusion/payer-lease.entity.js';
import { CreateFailureCounts1795960800000 } from './src/database/migrations/1795960800000-create-failure-counts.js';
import { FailureCount } from './src/http/failure-count.entity.js';
import { IdempotencyKey } from './src/idempotency/idempotency-key.entity.js';
import { StripeOperation } from './src/operations/stripe-operation.entity.js';
import { Invoice } from './src/invoices/invoice.entity.js';
import { PaymentMethod } from './src/payment-methods/payment-method.entity.js';
import { OutgoingDelivery } from './src/outgoing-events/outgoing-delivery.entity.js';
import { OutgoingEndpoint } from './src/outgoing-events/outgoing-endpoint.entity.js';
import { OutgoingEvent } from './src/outgoing-events/outgoing-event.entity.js';
import { Payment } from './src/payments/payment.entity.js';
import { Refund } from './src/payments/refund.entity.js';
import { RepairProgressRow } from './src/reconciliation/repair-progress.entity.js';
import { FeatureConsumption } from './src/entitlements/feature-consumption.entity.js';
import { FeatureOverride } from './src/entitlements/feature-override.entity.js';
import { FeatureUsage } from './src/entitlements/feature-usage.entity.js';
import { SubscriptionItem } from './src/subscriptions/subscription-item.entity.js';
import { SubscriptionSchedule } from './src/subscriptions/schedules/subscription-schedule.entity.js';
import { Subscription } from './src/subscriptions/subscription.entity.js';
import { WebhookEvent } from './src/webhooks/webhook-event.entity.js';

/** A caller hears within ten seconds that PostgreSQL is away: a connection is waited for, then a statement. */
const CONNECT_WITHIN_MS = 3_000;
const STATEMENT_WITHIN_MS = 6_000;
/** A server that can still answer has ended the statement before. */
const SILENT_AFTER_MS = 6_500;

export const ENTITIES = [
  User,
  Organization,
  RemovedMember,
  ServiceKey,
  AuditEntry,
  OutgoingEvent,
  OutgoingEndpoint,
  OutgoingDelivery,
  Installation,
  Customer,
  FormerStripeCustomer,
  PaymentMethod,
  Subscription,
  SubscriptionSchedule,
  SubscriptionItem,
  FeatureUsage,
  FeatureConsumption,
  FeatureOverride,
  Invoice,
  Payment,
  Refund,
  Coupon,
  PromotionCode,
  WebhookEvent,
  StripeOperation,
  IdempotencyKey,
  PayerLease,
  RepairProgressRow,
  ServiceProcess,
  FailureCount,
];

/**
 * Every migration, oldest first. Named here and not found by a file pattern: TypeORM would import what it finds in a way
 * that fails now and then under Jest.
 */
export const MIGRATIONS = [
  CreateBillingTables1795341600000,
  IndexEventsByAge1795529000000,
  CreateRepairProgress1795530000000,
  KeepFormerStripeCustomers1795548000000,
  IndexEventsOfSecondCustomers1795554000000,
  RenameStripeOperations1795924800000,
  NameOwnersOfLeases1795950000000,
  IndexOwnersOfLeases1795950100000,
  CreateFailureCounts1795960800000,
  CreateInstallation1795968000000,
  CreatePayerLeases1795990000000,
  KeepDisputes1795991000000,
  KeepItemsOfSubscriptions1796000000000,
  KeepCustomerTextsWhole1796004000000,
  ShowWhatWaits1796010000000,
  NamePlansByCatalogue1796012000000,
  LetPlansAloneExcludeEachOther1796012300000,
  NameOwnersOfClaims1796020000000,
  KeepOrganizations1796110000000,
  IndexCustomersByOrganization1796110100000,
  CreateServiceKeys1796120000000,
  CreateAuditLog1796130000000,
  ClosePayers1796140000000,
  KeepItemsAndUsage1796150000000,
  KeepSeatsAndAddOnsOfChanges1796160000000,
  CreateOutgoingEvents1796200000000,
  CreateOutgoingEndpoints1796200100000,
  MarkImportedCustomers1796300000000,
  TellWhatComesByTime1796310000000,
  IndexEventsByCustomer1796310100000,
  KeepCurrenciesOfCustomers1796320000000,
];

/**
 * The options of every DataSource: the application's, the CLI's and the tests'.
 * @param databaseUrl a PostgreSQL connection string; for a unix socket `postgres://user@/database?host=/folder&port=5432`
 * @param schema DATABASE_SCHEMA
 */
export function dataSourceOptions(databaseUrl: string, schema = DEFAULT_SCHEMA, poolSize = 10): DataSourceOptions {
  return {
    type: 'postgres',
    url: databaseUrl,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    namingStrategy: new SnakeCaseNamingStrategy(),
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    synchronize: false,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    poolSize,
    applicationName: 'billing',
    extra: {
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      statement_timeout: STATEMENT_WITHIN_MS,
      idle_in_transaction_session_timeout: 30_000,
      ...searchPath(schema),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      onConnect: watchConnection,
    },
  };
}

function watchConnection(client: ClientBase): void {
  surviveLostConnections(client);
  endWhenSilent(client, SILENT_AFTER_MS);
}

/**
 * Between the pool and TypeORM a client has no listener for errors for a moment; PostgreSQL ending the connection just
 * then would end the process. Whoever uses the client hears of the error all the same.
 */
function surviveLostConnections(client: ClientBase): void {
  client.on('error', () => undefined);
}

/** For TypeORM's command line: `typeorm -d dist/ormconfig.js migration:run`. */
export default new DataSource(dataSourceOptions(readEnvironment().DATABASE_URL ?? ''));
