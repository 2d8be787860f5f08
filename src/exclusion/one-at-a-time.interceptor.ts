import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { OwnershipGuard } from '../auth/ownership.guard.js';
import { type AuthenticatedRequest } from '../auth/authenticated-request.js';
import { ONE_AT_A_TIME, type Purpose } from './one-at-a-time.js';
import { PayerLeases } from './payer-leases.js';

/** Runs one changing request of a payer at a time; see OneAtATime. */
@Injectable()
export class OneAtATimeInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly ownership: OwnershipGuard,
    private readonly leases: PayerLeases,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const purpose = this.reflector.get<Purpose | undefined>(ONE_AT_A_TIME, context.getHandler());
    const { payer } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (purpose === undefined || payer === undefined) return next.handle();
    const lease = await this.leases.take(payer, purpose);
    try {
      // The row was loaded before: the request that had the lease until now may have changed it.
      await this.ownership.canActivate(context);
      return of(await lastValueFrom(next.handle(), { defaultValue: undefined }));
    } finally {
      // Before the response is sent: whoever gets it may send the next request at once.
      await this.leases.release(lease);
    }
  }
}
