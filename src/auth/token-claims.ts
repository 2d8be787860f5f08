import { type JWTPayload } from 'jose';
import { BillingError } from '../common/billing-error.js';

/** What a valid token says about its bearer, as the row of the user keeps it. */
export interface PersonClaims {
  externalId: string;
  email: string | null;
  /** True only where the token says `email_verified: true` of this e-mail. */
  emailVerified: boolean;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  /** The role for administrators where the token has it, else the first that it has, else `user`. */
  role: string;
}

/** What a valid token says. */
export interface TokenClaims extends PersonClaims {
  /** True when one of the token's roles is exactly the one for administrators. */
  isAdmin: boolean;
  /** The organization that the token acts for; null: it acts for its bearer. */
  organization: OrganizationClaims | null;
  /** `iat`, in seconds; null where the token does not say it. */
  issuedAt: number | null;
}

export interface OrganizationClaims {
  externalId: string;
  name: string | null;
  /** True when one of the bearer's roles within the organization is among those that buy. */
  mayBuy: boolean;
}

/** Where an issuer puts what is no standard claim. */
export interface ClaimNames {
  /** Name or path of the claim with the e-mail. */
  email: string;
  /** Name or path of the claim with the role or the roles. */
  role: string;
  /** The role that makes an administrator. */
  adminRole: string;
  /** Names or paths of the claims about the organization; null: tokens have none. */
  organization: string | null;
  organizationName: string | null;
  organizationRole: string | null;
  /** Roles within an organization that may buy and change. */
  buyerRoles: readonly string[];
}

const MAX_ID_LENGTH = 255;
/** Length of the column `role`. */
const MAX_ROLE_LENGTH = 50;
/** What PostgreSQL cannot store: two subjects that differ in it would be one user. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * What the service takes from the claims of a token. Subject and roles are taken byte for byte, since what was verified
 * must not change: `" admin"` is not `admin`. Names and e-mail are trimmed.
 * @throws BillingError authentication_required for a subject that is missing or cannot be stored as it is, and for such an
 * organization; organization_ambiguous for several of them
 */
export function claimsOf(payload: JWTPayload, names: ClaimNames): TokenClaims {
  const roles = valuesOf(payload, names.role);
  const isAdmin = roles.includes(names.adminRole);
  const email = firstOf(valuesOf(payload, names.email), text);
  return {
    externalId: subjectOf(payload),
    email,
    // The claim is about `email`, whatever other claim AUTH_EMAIL_CLAIM names.
    emailVerified: email !== null && email === text(payload.email) && payload.email_verified === true,
    username: text(payload.username ?? payload.preferred_username),
    firstName: text(payload.first_name ?? payload.given_name),
    lastName: text(payload.last_name ?? payload.family_name),
    role: (isAdmin ? roleOf(names.adminRole) : firstOf(roles, roleOf)) ?? 'user',
    isAdmin,
    organization: organizationOf(payload, names),
    issuedAt: typeof payload.iat === 'number' ? payload.iat : null,
  };
}

/** True for a subject or an organization that can be kept byte for byte, so that two of them never become one. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && isStorable(value, MAX_ID_LENGTH) && value === value.trim();
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
  if (!isIdentifier(subject)) throw new BillingError('authentication_required');
  return subject;
}

/** A claim that cannot be read never makes a token one of the person alone: what it buys would be the wrong payer's. */
function organizationOf(payload: JWTPayload, names: ClaimNames): OrganizationClaims | null {
  if (names.organization === null) return null;
  const named = valuesOf(payload, names.organization).filter((value) => ![undefined, null, ''].includes(value as null));
  if (named.length === 0) return null;
  if (named.length > 1) throw new BillingError('organization_ambiguous');
  const [externalId] = named;
  if (!isIdentifier(externalId)) throw new BillingError('authentication_required');
  const roles = names.organizationRole === null ? [] : valuesOf(payload, names.organizationRole);
  const name = names.organizationName === null ? null : firstOf(valuesOf(payload, names.organizationName), text);
  return { externalId, name, mayBuy: roles.some((role) => names.buyerRoles.includes(role as string)) };
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
