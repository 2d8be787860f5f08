import { Global, Module } from '@nestjs/common';
import { OrganizationsService } from './organizations.service.js';
import { TokenVerifier } from './token-verifier.js';
import { UsersService } from './users.service.js';

/** Who calls, for whom, and what is theirs. */
@Global()
@Module({
  providers: [TokenVerifier, UsersService, OrganizationsService],
  exports: [TokenVerifier, UsersService, OrganizationsService],
})
export class AuthModule {}
