export const BASE = '/api/v1/billing';

/**
 * Who may call a route: anyone, any payer, every member of an organization too, an administrator, the host (an
 * administrator, or a service key of the scope `act`), a service key for a payer (of the scope `act` or `admin`), or the
 * payer whose row `:id` names; `everybody`: any payer, or a service key that names none.
 */
export type Access = 'anyone' | 'user' | 'member' | 'admin' | 'host' | 'key' | 'admin_key' | 'everybody';
export type Owned = 'subscription' | 'paymentMethod' | 'invoice';

/** Every route of the service. A new one must be added here, with who may call it. */
export const ROUTES: Record<string, Access | Owned> = {
  'GET /health/live': 'anyone',
  'GET /health/ready': 'anyone',
  'GET /metrics': 'anyone',
  [`GET ${BASE}/plans`]: 'anyone',
  [`GET ${BASE}/config`]: 'anyone',
  [`POST ${BASE}/webhook`]: 'anyone',
  [`GET ${BASE}/customer`]: 'user',
  [`PATCH ${BASE}/customer`]: 'user',
  [`GET ${BASE}/subscription`]: 'user',
  [`POST ${BASE}/subscription`]: 'user',
  [`GET ${BASE}/subscriptions`]: 'user',
  [`PATCH ${BASE}/subscription/:id`]: 'subscription',
  [`PUT ${BASE}/subscription/:id/seats`]: 'subscription',
  [`POST ${BASE}/subscription/:id/cancel`]: 'subscription',
  [`POST ${BASE}/subscription/:id/reactivate`]: 'subscription',
  [`POST ${BASE}/subscription/:id/resume`]: 'subscription',
  [`DELETE ${BASE}/subscription/:id/scheduled-change`]: 'subscription',
  [`GET ${BASE}/payment-methods`]: 'user',
  [`POST ${BASE}/payment-methods`]: 'user',
  [`POST ${BASE}/payment-methods/setup-intent`]: 'user',
  [`POST ${BASE}/payment-methods/:id/default`]: 'paymentMethod',
  [`DELETE ${BASE}/payment-methods/:id`]: 'paymentMethod',
  [`GET ${BASE}/invoices`]: 'user',
  [`GET ${BASE}/invoices/:id`]: 'invoice',
  [`POST ${BASE}/invoices/:id/pay`]: 'invoice',
  [`POST ${BASE}/checkout`]: 'user',
  [`GET ${BASE}/entitlements`]: 'user',
  [`GET ${BASE}/entitlements/:feature`]: 'user',
  [`GET ${BASE}/entitlement-snapshot`]: 'user',
  [`POST ${BASE}/entitlements/:feature/consume`]: 'member',
  [`PUT ${BASE}/entitlements/:feature/override`]: 'admin_key',
  [`DELETE ${BASE}/entitlements/:feature/override`]: 'admin_key',
  [`PUT ${BASE}/usage/:feature`]: 'key',
  [`GET ${BASE}/webhook-events`]: 'admin',
  [`GET ${BASE}/webhook-events/:id`]: 'admin',
  [`POST ${BASE}/webhook-events/replay`]: 'admin',
  [`POST ${BASE}/webhook-events/:id/replay`]: 'admin',
  [`GET ${BASE}/audit`]: 'admin',
  [`GET ${BASE}/payers`]: 'admin',
  [`GET ${BASE}/payers/:id`]: 'admin',
  [`POST ${BASE}/payers/:id/link`]: 'admin',
  [`POST ${BASE}/payers/:id/deactivate`]: 'admin',
  [`POST ${BASE}/payers/:id/activate`]: 'admin',
  [`POST ${BASE}/payers/:id/close`]: 'admin',
  [`GET ${BASE}/events`]: 'everybody',
  [`GET ${BASE}/outgoing-endpoints`]: 'admin',
  [`POST ${BASE}/outgoing-endpoints`]: 'admin',
  [`PATCH ${BASE}/outgoing-endpoints/:id`]: 'admin',
  [`DELETE ${BASE}/outgoing-endpoints/:id`]: 'admin',
  [`POST ${BASE}/outgoing-endpoints/:id/replay`]: 'admin',
  [`DELETE ${BASE}/organizations/:id/members/:sub`]: 'host',
};

/** The path with a row's id in the place of `:id`. */
export function routePath(path: string, id: string): string {
  return path.replace(':id', id).replace(':sub', 'somebody').replace(':feature', 'projects');
}
