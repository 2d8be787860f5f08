import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BillingError } from '../common/billing-error.js';
import { currentRequestContext } from '../common/request-context.js';
import { EVERY_PAYER_TOO, KEY_SCOPE, MEMBERS_TOO, PUBLIC, ROLE } from './access.js';
import { type AuthenticatedRequest } from './authenticated-request.js';
import { KeyAdmission } from './key-admission.js';
import { ON_BEHALF_OF, refusal } from './on-behalf-of.js';
import { type Scope } from './service-key.entity.js';
import { isServiceKey } from './service-keys.service.js';
import { TokenAdmission } from './token-admission.js';

const READS = new Set(['GET', 'HEAD']);

/**
 * Lets nobody in without a valid token of the issuer's or a service key (both bearers, RFC 6750), unless the route says
 * @Public(), and says whom the request acts for.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenAdmission,
    private readonly keys: KeyAdmission,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<true | undefined>(PUBLIC, targets) === true) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined) throw new BillingError('authentication_required');
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(ROLE, targets) ?? null;
    const keyScope = this.reflector.getAllAndOverride<Scope | undefined>(KEY_SCOPE, targets) ?? null;
    const membersToo = this.reflector.getAllAndOverride<true | undefined>(MEMBERS_TOO, targets) === true;
    const everyPayerToo = this.reflector.getAllAndOverride<true | undefined>(EVERY_PAYER_TOO, targets) === true;
    const needs = { scope, keyScope, membersToo, everyPayerToo, reads: READS.has(request.method) };
    const header = request.get(ON_BEHALF_OF);
    if (isServiceKey(bearer)) Object.assign(request, await this.keys.admit(bearer, header, needs));
    else {
      Object.assign(request, await this.tokens.admit(bearer, needs));
      if (header !== undefined)
        throw refusal(`${ON_BEHALF_OF} is for service keys alone: a token says for whom it acts`);
    }
    const known = currentRequestContext();
    if (known !== undefined && request.actor !== undefined) known.actor = request.actor;
    return true;
  }
}
