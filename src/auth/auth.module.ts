import { Global, Module } from '@nestjs/common';
import { TokenVerifier } from './token-verifier.js';
import { UsersService } from './users.service.js';

/** Who calls, and what is theirs. */
@Global()
@Module({ providers: [TokenVerifier, UsersService], exports: [TokenVerifier, UsersService] })
export class AuthModule {}
