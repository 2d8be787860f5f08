import { hash, oneOf, required, string, timestamp, unsettable } from '../../http/parameters.js';

/** `mandate_data`: how the customer agreed that the bank account is debited. */
export const mandateData = unsettable(
  hash({
    customer_acceptance: hash({
      accepted_at: timestamp(),
      offline: hash({}),
      online: hash({ ip_address: string(), user_agent: string() }),
      type: required(oneOf('offline', 'online')),
    }),
  }),
);

/** How a customer agreed to a mandate. */
export interface Acceptance {
  readonly accepted_at?: number;
  readonly online?: { readonly ip_address?: string; readonly user_agent?: string };
  readonly type: 'offline' | 'online';
}
