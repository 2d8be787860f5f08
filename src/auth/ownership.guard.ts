import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DataSource, type ObjectLiteral } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { OWNED, type Ownership } from './access.js';
import { type AuthenticatedRequest } from './authenticated-request.js';
import { ownerProperty, type Payer } from './payer.js';

/** Largest value of PostgreSQL's integer. */
const MAX_ID = 2_147_483_647;

/**
 * Loads the row that `:id` of a route names, on the condition that it belongs to the payer. An absent row, someone
 * else's and an id that cannot be one return the same 404.
 */
@Injectable()
export class OwnershipGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly dataSource: DataSource,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const ownership = this.reflector.get<Ownership | undefined>(OWNED, context.getHandler());
    if (ownership === undefined) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const row = await this.find(ownership, request.params.id, request.payer);
    if (row === null) throw new BillingError('not_found', ownership.notFound);
    request.owned = row;
    return true;
  }

  private async find({ entity }: Ownership, id: unknown, payer: Payer | undefined): Promise<ObjectLiteral | null> {
    if (typeof id !== 'string' || !/^[1-9]\d{0,9}$/.test(id) || Number(id) > MAX_ID || payer === undefined) return null;
    return this.dataSource
      .createQueryBuilder(entity, 'owned')
      .innerJoin('owned.customer', 'owner')
      .where(`owned.id = :id AND owner.${ownerProperty(payer)} = :payer`, { id: Number(id), payer: payer.id })
      .getOne();
  }
}
