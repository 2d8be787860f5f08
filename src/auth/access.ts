import { SetMetadata } from '@nestjs/common';
import { type EntityTarget, type ObjectLiteral } from 'typeorm';
import { type Scope } from './service-key.entity.js';

export const PUBLIC = 'billing:public';
export const ROLE = 'billing:role';
export const KEY_SCOPE = 'billing:key-scope';
export const MEMBERS_TOO = 'billing:members-too';
export const EVERY_PAYER_TOO = 'billing:every-payer-too';
export const OWNED = 'billing:owned';

/** Marks a route that needs no token. Every other route needs one. */
export const Public = () => SetMetadata(PUBLIC, true);

/**
 * Marks a route that acts for no payer and that only administrators may call: bearers of the role that AUTH_ADMIN_ROLE
 * names, and service keys.
 * @param scope of the service keys that may call it
 */
export const RequireRole = (_role: 'admin', scope: Scope = 'admin') => SetMetadata(ROLE, scope);

/** Marks a change that every member of an organization may make: it costs nothing. */
export const MembersToo = () => SetMetadata(MEMBERS_TOO, true);

/** Marks a route that acts for a payer and that only service keys of a scope may call: what the host alone knows. */
export const RequireServiceKey = (scope: Scope) => SetMetadata(KEY_SCOPE, scope);

/** Marks a route that acts for a payer, and for all of them where a service key names none. */
export const EveryPayerToo = () => SetMetadata(EVERY_PAYER_TOO, true);

/** What `:id` of a route names. */
export interface Ownership {
  entity: EntityTarget<ObjectLiteral>;
  /** Text of the 404, the same for an absent row and for someone else's. */
  notFound: string;
}

/**
 * Marks a route whose `:id` must be a row of the caller's own customer. The entity must have a relation `customer`.
 * The guard loads the row; `@OwnedRow()` hands it to the handler.
 */
export const Owned = (entity: EntityTarget<ObjectLiteral>, notFound: string) =>
  SetMetadata(OWNED, { entity, notFound } satisfies Ownership);
