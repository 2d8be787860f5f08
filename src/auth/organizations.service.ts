import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { BillingError } from '../common/billing-error.js';
import { type OrganizationClaims, type TokenClaims } from './token-claims.js';

const ORGANIZATION_NOT_FOUND = 'Organization not found';

/** What the row of an organization adds to a token. */
export interface KnownOrganization {
  id: number;
  name: string | null;
  isActive: boolean;
}

interface Found {
  id: number;
  name: string | null;
  is_active: boolean;
  /** Seconds since 1970; null: never removed. */
  removed_at: number | null;
}

/** Organizations are known by the tokens of their members: a row appears with the first one, its name follows later ones. */
@Injectable()
export class OrganizationsService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The organization that a token acts for, made or brought up to date.
   * @throws BillingError not_found for a member who was removed after the token was issued
   */
  async fromClaims(organization: OrganizationClaims, claims: TokenClaims): Promise<KnownOrganization> {
    for (;;) {
      const found = await this.find(organization.externalId, claims.externalId);
      if (found !== null && (!found.is_active || organization.name === null || organization.name === found.name)) {
        // Whole seconds: a token that does not say when it was issued may be an old one.
        if (found.removed_at !== null && (claims.issuedAt ?? 0) < found.removed_at)
          throw new BillingError('not_found', ORGANIZATION_NOT_FOUND);
        return { id: found.id, name: found.name, isActive: found.is_active };
      }
      await this.write(organization);
    }
  }

  /** Bars the tokens of a member that were issued until now. Neither need be known here yet. */
  async removeMember(manager: EntityManager, organizationId: string, sub: string): Promise<{ id: number }> {
    await this.write({ externalId: organizationId, name: null });
    const [organization] = await manager.query<[{ id: number }]>(
      `INSERT INTO removed_members (organization_id, external_id, removed_at)
       SELECT id, $2, now() FROM organizations WHERE external_id = $1
       ON CONFLICT (organization_id, external_id) DO UPDATE SET removed_at = excluded.removed_at
       RETURNING organization_id AS id`,
      [organizationId, sub],
    );
    return organization;
  }

  private async find(externalId: string, sub: string): Promise<Found | null> {
    const [found] = await this.dataSource.query<Found[]>(
      `SELECT known.id, known.name, known.is_active, extract(epoch FROM removed_at)::float8 AS removed_at
       FROM organizations known
       LEFT JOIN removed_members member ON member.organization_id = known.id AND member.external_id = $2
       WHERE known.external_id = $1`,
      [externalId, sub],
    );
    return found ?? null;
  }

  private async write({ externalId, name }: { externalId: string; name: string | null }): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO organizations AS known (external_id, name) VALUES ($1, $2)
       ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, updated_at = now()
       WHERE known.is_active AND excluded.name IS NOT NULL AND known.name IS DISTINCT FROM excluded.name`,
      [externalId, name],
    );
  }
}
