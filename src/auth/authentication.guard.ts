import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BillingError } from '../common/billing-error.js';
import { PUBLIC, ROLE } from './access.js';
import { type AuthenticatedRequest } from './authenticated-request.js';
import { OrganizationsService } from './organizations.service.js';
import { type Actor, type Payer } from './payer.js';
import { type TokenClaims } from './token-claims.js';
import { TokenVerifier } from './token-verifier.js';
import { UsersService } from './users.service.js';

const READS = new Set(['GET', 'HEAD']);

/**
 * Lets nobody in without a valid bearer token (RFC 6750), unless the route says @Public(), and says whom the request acts
 * for: the organization that the token names, else the person.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly users: UsersService,
    private readonly organizations: OrganizationsService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<true | undefined>(PUBLIC, targets) === true) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw new BillingError('authentication_required');
    const claims = await this.tokens.verify(token);
    const { id, isActive } = await this.users.fromClaims(claims);
    if (!isActive) throw new BillingError('user_inactive');
    const actor = { kind: 'user' as const, id, isAdmin: claims.isAdmin };
    request.actor = actor;
    const role = this.reflector.getAllAndOverride<'admin' | undefined>(ROLE, targets);
    if (role === undefined) request.payer = await this.payerOf(actor, claims, request.method);
    else if (!claims.isAdmin) throw new BillingError('role_required');
    return true;
  }

  private async payerOf(actor: Actor, claims: TokenClaims, method: string): Promise<Payer> {
    const { organization, externalId, email } = claims;
    if (organization === null)
      return { kind: 'user', id: actor.id, externalId, actor, mayBuy: true, name: fullName(claims), email };
    const { id, name, isActive } = await this.organizations.fromClaims(organization, claims);
    if (!isActive) throw new BillingError('organization_inactive');
    const mayBuy = organization.mayBuy;
    if (!mayBuy && !READS.has(method)) throw new BillingError('buyer_role_required');
    return { kind: 'organization', id, externalId: organization.externalId, actor, mayBuy, name, email };
  }
}

function fullName({ firstName, lastName }: TokenClaims): string | null {
  const name = [firstName, lastName].filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
