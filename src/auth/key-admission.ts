import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { type Admitted, type Needs } from './admission.js';
import { ON_BEHALF_OF, parseOnBehalfOf, refusal } from './on-behalf-of.js';
import { Organization } from './organization.entity.js';
import { type Actor, NO_ROW, type Payer } from './payer.js';
import { SCOPES } from './service-key.entity.js';
import { ServiceKeys } from './service-keys.service.js';
import { fullName } from './token-admission.js';
import { User } from './user.entity.js';

/** Lets in the host's own backend, for the payer that the request names. */
@Injectable()
export class KeyAdmission {
  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: ServiceKeys,
  ) {}

  /**
   * @param header `On-Behalf-Of`
   * @throws BillingError authentication_required, scope_required, validation_failed (On-Behalf-Of), user_inactive,
   * organization_inactive
   */
  async admit(secret: string, header: string | undefined, needs: Needs): Promise<Admitted> {
    const key = await this.keys.find(secret);
    if (key === null) throw new BillingError('authentication_required');
    const needed = needs.scope ?? needs.keyScope ?? (needs.reads ? 'read' : 'act');
    if (SCOPES.indexOf(key.scope) < SCOPES.indexOf(needed))
      throw new BillingError('scope_required', `This needs a service key of the scope ${needed}`);
    const actor = { kind: 'service_key' as const, id: key.id };
    const named = header === undefined ? null : parseOnBehalfOf(header);
    if (needs.scope !== null || (named === null && needs.everyPayerToo)) return { actor };
    if (named === null) throw refusal(`A service key must say in ${ON_BEHALF_OF} for whom it acts`);
    const payer = await (named.kind === 'user'
      ? this.person(named.externalId, actor, needs)
      : this.organization(named.externalId, actor, needs));
    return { actor, payer };
  }

  private async person(externalId: string, actor: Actor, needs: Needs): Promise<Payer> {
    const { reads } = needs;
    const row = await this.dataSource.getRepository(User).findOneBy({ externalId });
    if (row === null && !reads) await this.insert('users', externalId);
    if (row === null && !reads) return this.person(externalId, actor, needs);
    if (row?.isActive === false) throw new BillingError('user_inactive');
    const email = row?.email ?? null;
    const known = {
      name: row === null ? null : fullName(row),
      email,
      verifiedEmail: row?.emailVerified === true ? email : null,
    };
    return { kind: 'user', id: row?.id ?? NO_ROW, externalId, actor, ...known };
  }

  private async organization(externalId: string, actor: Actor, needs: Needs): Promise<Payer> {
    const { reads } = needs;
    const row = await this.dataSource.getRepository(Organization).findOneBy({ externalId });
    if (row === null && !reads) await this.insert('organizations', externalId);
    if (row === null && !reads) return this.organization(externalId, actor, needs);
    if (row?.isActive === false) throw new BillingError('organization_inactive');
    const known = { name: row?.name ?? null, email: null, verifiedEmail: null };
    return { kind: 'organization', id: row?.id ?? NO_ROW, externalId, actor, ...known };
  }

  private async insert(table: 'users' | 'organizations', externalId: string): Promise<void> {
    await this.dataSource.query(`INSERT INTO ${table} (external_id) VALUES ($1) ON CONFLICT DO NOTHING`, [externalId]);
  }
}
