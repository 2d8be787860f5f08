// The entry point of the package.
export { BillingClient } from './billing-client.js';
export { BillingError, type BillingErrorDetails, type FieldError } from './billing-error.js';
export { type Catalogue, defineCatalogue } from './define-catalogue.js';
export {
  EntitlementCache,
  type EntitlementCacheOptions,
  type PayerName,
  type SnapshotStore,
} from './entitlement-cache.js';
export { EventVerificationError, verifyEvent, type OutgoingEvent, type VerifyEventOptions } from './events.js';
export type * from './models.js';
export { type BillingClientOptions, type RequestOptions, type Token, type TokenRequest } from './transport.js';
