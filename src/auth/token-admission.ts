import { Injectable } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { type Admitted, type Needs } from './admission.js';
import { OrganizationsService } from './organizations.service.js';
import { type Actor, type Payer } from './payer.js';
import { type TokenClaims } from './token-claims.js';
import { TokenVerifier } from './token-verifier.js';
import { UsersService } from './users.service.js';

/** Lets in who has a token of the issuer's: for the organization that it names, else for its bearer. */
@Injectable()
export class TokenAdmission {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly users: UsersService,
    private readonly organizations: OrganizationsService,
  ) {}

  /** @throws BillingError authentication_required, user_inactive, role_required; those of acting for an organization */
  async admit(token: string, needs: Needs): Promise<Admitted> {
    const claims = await this.tokens.verify(token);
    const { id, isActive } = await this.users.fromClaims(claims);
    if (!isActive) throw new BillingError('user_inactive');
    const actor = { kind: 'user' as const, id };
    if (needs.keyScope !== null)
      throw new BillingError('scope_required', `This needs a service key of the scope ${needs.keyScope}`);
    if (needs.scope === null) return { actor, payer: await this.payerOf(actor, claims, needs) };
    if (!claims.isAdmin) throw new BillingError('role_required');
    return { actor };
  }

  private async payerOf(actor: Actor, claims: TokenClaims, { reads, membersToo }: Needs): Promise<Payer> {
    const { organization, externalId, email } = claims;
    const emails = { email, verifiedEmail: claims.emailVerified ? email : null };
    if (organization === null)
      return { kind: 'user', id: actor.id, externalId, actor, name: fullName(claims), ...emails };
    const { id, name, isActive } = await this.organizations.fromClaims(organization, claims);
    if (!isActive) throw new BillingError('organization_inactive');
    if (!organization.mayBuy && !reads && !membersToo) throw new BillingError('buyer_role_required');
    return { kind: 'organization', id, externalId: organization.externalId, actor, name, ...emails };
  }
}

/** The name of a person for a new Stripe customer; null where it is not known. */
export function fullName({
  firstName,
  lastName,
}: {
  firstName: string | null;
  lastName: string | null;
}): string | null {
  const name = [firstName, lastName].filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
