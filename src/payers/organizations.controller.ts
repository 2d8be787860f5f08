import { Controller, createParamDecorator, Delete, type ExecutionContext, HttpCode, HttpStatus } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Request } from 'express';
import { RequireRole } from '../auth/access.js';
import { isIdentifier } from '../auth/token-claims.js';
import { BillingError } from '../common/billing-error.js';
import { OperatorRoutes, Problems } from '../http/openapi/api-docs.js';
import { OrganizationMembers } from './organization-members.js';

/** A part of the path that is an id of the issuer's; what cannot be one is a 404. */
const IssuerId = createParamDecorator((name: string, context: ExecutionContext): string => {
  const id = context.switchToHttp().getRequest<Request>().params[name];
  if (!isIdentifier(id)) throw new BillingError('not_found');
  return id;
});

@OperatorRoutes()
@RequireRole('admin', 'act')
@Controller('organizations')
export class OrganizationsController {
  constructor(private readonly members: OrganizationMembers) {}

  @Delete(':id/members/:sub')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiParam({ name: 'id', type: 'string', description: 'The organization, as tokens name it', example: 'org_2aZ' })
  @ApiParam({ name: 'sub', type: 'string', description: 'The `sub` of the member', example: 'user_2fQ' })
  @ApiOperation({
    summary: 'Bar a removed member of an organization at once',
    description:
      'Tokens of the member that were issued before this act for the organization no more: 404. Later ones do.',
  })
  @ApiNoContentResponse({ description: 'Barred' })
  @Problems('not_found')
  removeMember(@IssuerId('id') id: string, @IssuerId('sub') sub: string): Promise<void> {
    return this.members.remove(id, sub);
  }
}
