import { type JWTPayload } from 'jose';
import { BillingError } from '../common/billing-error.js';

/** What a valid token says about its bearer. */
export interface TokenClaims {
  externalId: string;
  email: string | null;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  /** The role for administrators where the token has it, else the first that it has, else `user`. */
  role: string;
  /** True when one of the token's roles is exactly the one for administrators. */
  isAdmin: boolean;
}

/** Where an issuer puts what is no standard claim. */
export interface ClaimNames {
  /** Name or path of the claim with the e-mail. */
  email: string;
  /** Name or path of the claim with the role or the roles. */
  role: string;
  /** The role that makes an administrator. */
  adminRole: string;
}

const MAX_SUBJECT_LENGTH = 255;
/** Length of the column `role`. */
const MAX_ROLE_LENGTH = 50;
/** What PostgreSQL cannot store: two subjects that differ in it would be one user. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * What the service takes from the claims of a token. Subject and roles are taken byte for byte, since what was verified
 * must not change: `" admin"` is not `admin`. Names and e-mail are trimmed.
 * @throws BillingError authentication_required for a subject that is missing or cannot be stored as it is
 */
export function claimsOf(payload: JWTPayload, names: ClaimNames): TokenClaims {
  const roles = valuesOf(payload, names.role);
  const isAdmin = roles.includes(names.adminRole);
  return {
    externalId: subjectOf(payload),
    email: firstOf(valuesOf(payload, names.email), text),
    username: text(payload.username ?? payload.preferred_username),
    firstName: text(payload.first_name ?? payload.given_name),
    lastName: text(payload.last_name ?? payload.family_name),
    role: (isAdmin ? roleOf(names.adminRole) : firstOf(roles, roleOf)) ?? 'user',
    isAdmin,
  };
}

/**
 * True when the token was made for one of the clients. Most issuers name the client in `azp` or `client_id`, and in `aud`
 * of ID tokens; access tokens of Cognito have no `aud`.
 */
export function isForClient({ client_id, azp, aud }: JWTPayload, clientIds: readonly string[]): boolean {
  return [client_id, azp, aud].flat().some((id) => typeof id === 'string' && clientIds.includes(id));
}

function subjectOf(payload: JWTPayload): string {
  // Some issuers send a number, whatever RFC 7519 says.
  const subject: unknown = payload.sub;
  if (typeof subject !== 'string' || !isStorable(subject, MAX_SUBJECT_LENGTH) || subject !== subject.trim()) {
    throw new BillingError('authentication_required');
  }
  return subject;
}

/** The values of a claim: the one of exactly that name, else the one at the end of the path; of a list each entry. */
function valuesOf(payload: JWTPayload, name: string): unknown[] {
  // A name may have dots itself: Auth0 wants addresses as names.
  const claim = Object.hasOwn(payload, name) ? payload[name] : name.split('.').reduce<unknown>(memberOf, payload);
  return Array.isArray(claim) ? claim : [claim];
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function firstOf(values: unknown[], read: (value: unknown) => string | null): string | null {
  for (const value of values) {
    const found = read(value);
    if (found !== null) return found;
  }
  return null;
}

function roleOf(value: unknown): string | null {
  return typeof value === 'string' && isStorable(value, MAX_ROLE_LENGTH) ? value : null;
}

/** A claim as text that fits a column; anything else counts as absent. */
function text(claim: unknown): string | null {
  if (typeof claim !== 'string') return null;
  const trimmed = claim.trim();
  return isStorable(trimmed, 255) ? trimmed : null;
}

function isStorable(value: string, maxLength: number): boolean {
  return value !== '' && value.length <= maxLength && !UNSTORABLE.test(value);
}
