import { type JWTPayload } from 'jose';
import { BillingError } from '../common/billing-error.js';

/** What a valid token says about its bearer. */
export interface TokenClaims {
  externalId: string;
  email: string | null;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  role: string;
}

const MAX_SUBJECT_LENGTH = 255;
/** Length of the column `role`. */
const MAX_ROLE_LENGTH = 50;
/** What PostgreSQL cannot store: two subjects that differ in it would be one user. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * What the service takes from the claims of a token.
 * @throws BillingError authentication_required for a subject that is missing or cannot be stored as it is
 */
export function claimsOf(payload: JWTPayload): TokenClaims {
  // Some issuers send a number, whatever RFC 7519 says.
  const subject: unknown = payload.sub;
  const externalId = typeof subject === 'string' ? subject.trim() : '';
  if (externalId === '' || externalId.length > MAX_SUBJECT_LENGTH || UNSTORABLE.test(externalId)) {
    throw new BillingError('authentication_required');
  }
  return {
    externalId,
    email: text(payload.email),
    username: text(payload.username ?? payload.preferred_username),
    firstName: text(payload.first_name ?? payload.given_name),
    lastName: text(payload.last_name ?? payload.family_name),
    role: text(payload.role, MAX_ROLE_LENGTH) ?? 'user',
  };
}

/** A claim as text that fits a column; anything else counts as absent. */
function text(claim: unknown, maxLength = 255): string | null {
  if (typeof claim !== 'string') return null;
  const trimmed = claim.replaceAll('\0', '').trim();
  return trimmed === '' || trimmed.length > maxLength ? null : trimmed;
}
