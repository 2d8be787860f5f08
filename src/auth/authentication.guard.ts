import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BillingError } from '../common/billing-error.js';
import { PUBLIC, ROLE } from './access.js';
import { type AuthenticatedRequest } from './request-user.js';
import { TokenVerifier } from './token-verifier.js';
import { UsersService } from './users.service.js';

/** Lets nobody in without a valid bearer token (RFC 6750), unless the route says @Public(). */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly users: UsersService,
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
    const role = this.reflector.getAllAndOverride<'admin' | undefined>(ROLE, targets);
    if (role === 'admin' && !claims.isAdmin) throw new BillingError('role_required');
    request.user = { ...claims, id };
    return true;
  }
}
