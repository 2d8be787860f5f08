import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';

interface Hidden {
  customer: string;
}

export type ActiveEntitlement = Stored<Stripe.Entitlements.ActiveEntitlement, Hidden>;

export const activeEntitlements = objectType<ActiveEntitlement>({
  object: 'entitlements.active_entitlement',
  prefix: 'ent',
  title: 'active entitlement',
  indexes: { customer: (entitlement) => entitlement.sandbox.customer },
  references: { feature: 'entitlements.feature' },
});
