import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthenticationGuard } from '../auth/authentication.guard.js';
import { OwnershipGuard } from '../auth/ownership.guard.js';
import { BodyGuard } from './body.guard.js';
import { FailureLimit } from './failure-limit.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { UndeclaredInputGuard } from './undeclared-input.guard.js';

/** The guards of every route, in their order: 401, 429, 404, then the body's 400; and the count of failures. */
@Global()
@Module({
  providers: [
    FailureLimit,
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useClass: OwnershipGuard },
    { provide: APP_GUARD, useClass: BodyGuard },
    { provide: APP_GUARD, useClass: UndeclaredInputGuard },
  ],
  exports: [FailureLimit],
})
export class HttpModule {}
