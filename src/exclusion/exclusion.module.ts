import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { OwnershipGuard } from '../auth/ownership.guard.js';
import { OneAtATimeInterceptor } from './one-at-a-time.interceptor.js';
import { PayerLeases } from './payer-leases.js';

/** Imported after the idempotency keys: a repetition gets its answer without waiting for its turn. */
@Module({
  providers: [PayerLeases, OwnershipGuard, { provide: APP_INTERCEPTOR, useClass: OneAtATimeInterceptor }],
})
export class ExclusionModule {}
