import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { ownedBy, ownerColumns, ownerProperty, type PayerKey } from '../auth/payer.js';
import { type CatalogueFeature } from '../catalogue/catalogue.js';
import { validationFailed } from '../common/billing-error.js';
import { Transactions } from '../database/transactions.js';
import { OutgoingEvents } from '../outgoing-events/outgoing-events.js';
import { type EntitlementDto } from './dto/entitlement.dto.js';
import { type SetOverrideDto } from './dto/override.dto.js';
import { EntitlementsService } from './entitlements.service.js';
import { FeatureOverride } from './feature-override.entity.js';

const MOST = 1_000_000_000;

/** What operators give payers of features, or take. */
@Injectable()
export class FeatureOverridesService {
  constructor(
    private readonly transactions: Transactions,
    private readonly events: OutgoingEvents,
    private readonly entitlements: EntitlementsService,
    private readonly audit: AuditLog,
  ) {}

  /** @throws BillingError not_found; validation_failed for a value that the feature cannot have */
  async set(payer: PayerKey, key: string, { value, until, reason }: SetOverrideDto): Promise<EntitlementDto> {
    const feature = this.entitlements.featureOf(key);
    if (!fits(feature, value)) {
      const message = feature.type === 'flag' ? 'value must be true or false' : 'value must be a number or "unlimited"';
      throw validationFailed([{ field: 'value', message }]);
    }
    const row = {
      ...ownerColumns(payer),
      feature: key,
      value,
      until: until === undefined ? null : new Date(until),
      reason: reason ?? null,
    };
    return this.change(payer, key, { value, until: row.until?.toISOString() ?? null }, (manager) =>
      manager.upsert(FeatureOverride, row, [ownerProperty(payer), 'feature']),
    );
  }

  /** @throws BillingError not_found */
  async remove(payer: PayerKey, key: string): Promise<EntitlementDto> {
    this.entitlements.featureOf(key);
    return this.change(payer, key, null, (manager) =>
      manager.delete(FeatureOverride, { ...ownedBy(payer), feature: key }),
    );
  }

  private async change(
    payer: PayerKey,
    key: string,
    after: Record<string, unknown> | null,
    work: (manager: EntityManager) => Promise<unknown>,
  ): Promise<EntitlementDto> {
    await this.transactions.run(async (manager) => {
      const before = await manager.findOneBy(FeatureOverride, { ...ownedBy(payer), feature: key });
      await work(manager);
      await this.audit.write(manager, {
        action: after === null ? 'override.removed' : 'override.set',
        object: { type: 'feature', id: key },
        of: payer,
        ...(before === null ? {} : { before: { value: before.value, until: before.until?.toISOString() ?? null } }),
        ...(after === null ? {} : { after }),
      });
      await this.events.write(manager, {
        types: ['entitlements.changed'],
        of: payer,
        object: { type: 'entitlement', id: null, stripeId: null },
        data: { object: { feature: key }, previous: null },
      });
    });
    return this.entitlements.get(payer, key);
  }
}

function fits({ type }: CatalogueFeature, value: unknown): boolean {
  if (type === 'flag') return typeof value === 'boolean';
  return (
    value === 'unlimited' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MOST)
  );
}
