import type Stripe from 'stripe';
import { withoutHidden } from '../../kernel/context.js';
import { objectType } from '../../kernel/object-type.js';
import { type Stored } from '../../wire.js';
import { type ActiveEntitlement } from '../active-entitlement/active-entitlement-type.js';

interface Hidden {
  entitlements: readonly ActiveEntitlement[];
}

/** What events say of all entitlements of a customer. It is never stored, and has the id of the customer. */
export type ActiveEntitlementSummary = Stored<
  Omit<Stripe.Entitlements.ActiveEntitlementSummary, 'entitlements'> & { id: string },
  Hidden
>;

/** Most entitlements that an event lists. */
const MOST_LISTED = 10;

export const activeEntitlementSummaries = objectType<ActiveEntitlementSummary>({
  object: 'entitlements.active_entitlement_summary',
  prefix: '',
  title: 'active entitlement summary',
  present(summary) {
    const { id: _, ...shown } = withoutHidden(summary);
    const { entitlements } = summary.sandbox;
    return {
      ...shown,
      entitlements: {
        object: 'list',
        data: entitlements.slice(0, MOST_LISTED).map((entitlement) => withoutHidden(entitlement)),
        has_more: entitlements.length > MOST_LISTED,
        url: `/v1/customer/${summary.customer}/entitlements`,
      },
    };
  },
});
