/** Who sends a request: a user, or the host's backend with a service key. */
export interface Actor {
  kind: 'user' | 'service_key';
  /** Our id. */
  id: number;
}

/** Id of a payer that has no row yet; only reads act for one. No row has it: it owns nothing. */
export const NO_ROW = 0;

/** Whose something is: a person or an organization, by our id. */
export interface PayerKey {
  kind: 'user' | 'organization';
  id: number;
}

/** The same with the id that the product's issuer knows it by. */
export interface IdentifiedPayer extends PayerKey {
  /** The `sub` of a person's tokens, or what AUTH_ORGANIZATION_CLAIM names. */
  externalId: string;
}

/** Whom a request acts for: everything that it may see or change is this payer's. */
export interface Payer extends IdentifiedPayer {
  actor: Actor;
  /** For a new Stripe customer: the person's full name, or the organization's; null where no claim tells it. */
  name: string | null;
  /** E-mail for a new Stripe customer: of the token, so of the person who acts also where an organization pays. */
  email: string | null;
  /** The same where the issuer says that it belongs to who acts, else null. */
  verifiedEmail: string | null;
}

/** What ties a row to its payer: one of two columns, the other of which is null. */
export interface OwnerColumns {
  userId: number | null;
  organizationId: number | null;
}

/** The condition of a query for what is the payer's. */
export function ownedBy({ kind, id }: PayerKey): { userId: number } | { organizationId: number } {
  return kind === 'user' ? { userId: id } : { organizationId: id };
}

/** The columns of a new row of the payer's. */
export function ownerColumns({ kind, id }: PayerKey): OwnerColumns {
  return kind === 'user' ? { userId: id, organizationId: null } : { userId: null, organizationId: id };
}

/** Name of the property that has the payer's id. */
export function ownerProperty({ kind }: PayerKey): keyof OwnerColumns {
  return kind === 'user' ? 'userId' : 'organizationId';
}

/** Name of the column that has the payer's id, for statements. */
export function ownerColumn({ kind }: PayerKey): 'user_id' | 'organization_id' {
  return kind === 'user' ? 'user_id' : 'organization_id';
}

/** The payer as the log names it: by our id alone. */
export function loggedPayer(payer: PayerKey): { user_id: number } | { organization_id: number } {
  return payer.kind === 'user' ? { user_id: payer.id } : { organization_id: payer.id };
}
