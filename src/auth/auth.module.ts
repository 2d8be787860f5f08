import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthenticationGuard } from './authentication.guard.js';
import { BodyGuard } from '../http/body.guard.js';
import { OwnershipGuard } from './ownership.guard.js';
import { RateLimitGuard } from '../http/rate-limit.guard.js';
import { TokenVerifier } from './token-verifier.js';
import { UndeclaredInputGuard } from '../http/undeclared-input.guard.js';
import { UsersService } from './users.service.js';

/** Who calls, and what is theirs. The guards run in this order on every route: 401, 429, 404, then the body's 400. */
@Global()
@Module({
  providers: [
    TokenVerifier,
    UsersService,
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useClass: OwnershipGuard },
    { provide: APP_GUARD, useClass: BodyGuard },
    { provide: APP_GUARD, useClass: UndeclaredInputGuard },
  ],
  exports: [UsersService],
})
export class AuthModule {}
