import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { OrganizationsService } from '../auth/organizations.service.js';
import { Transactions } from '../database/transactions.js';

/** Who acts for an organization no more. */
@Injectable()
export class OrganizationMembers {
  constructor(
    private readonly transactions: Transactions,
    private readonly organizations: OrganizationsService,
    private readonly audit: AuditLog,
  ) {}

  /** Bars the tokens of a member that were issued until now. */
  async remove(organization: string, sub: string): Promise<void> {
    await this.transactions.run(async (manager) => {
      const { id } = await this.organizations.removeMember(manager, organization, sub);
      const of = { kind: 'organization' as const, id };
      await this.audit.write(manager, { action: 'member.removed', object: { type: 'member', id: sub }, of });
    });
  }
}
