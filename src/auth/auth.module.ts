import { Global, Module } from '@nestjs/common';
import { OrganizationsService } from './organizations.service.js';
import { KeyAdmission } from './key-admission.js';
import { ServiceKeys } from './service-keys.service.js';
import { TokenAdmission } from './token-admission.js';
import { TokenVerifier } from './token-verifier.js';
import { UsersService } from './users.service.js';

/** Who calls, for whom, and what is theirs. */
@Global()
@Module({
  providers: [TokenVerifier, UsersService, OrganizationsService, ServiceKeys, TokenAdmission, KeyAdmission],
  exports: [UsersService, OrganizationsService, ServiceKeys, TokenAdmission, KeyAdmission],
})
export class AuthModule {}
