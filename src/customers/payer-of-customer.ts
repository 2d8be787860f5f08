import { type IdentifiedPayer, type PayerKey } from '../auth/payer.js';
import { type Customer } from './customer.entity.js';

/** Whose a customer is. */
export function payerOf({ userId, organizationId }: Pick<Customer, 'userId' | 'organizationId'>): PayerKey {
  if (userId !== null) return { kind: 'user', id: userId };
  if (organizationId !== null) return { kind: 'organization', id: organizationId };
  throw new Error('A customer without a payer');
}

/** The same with the payer's id at the issuer; `user` and `organization` of the row must be loaded. */
export function identifiedPayerOf({ user, organization }: Customer): IdentifiedPayer {
  if (user !== null) return { kind: 'user', id: user.id, externalId: user.externalId };
  if (organization !== null) return { kind: 'organization', id: organization.id, externalId: organization.externalId };
  throw new Error('A customer without a payer');
}
