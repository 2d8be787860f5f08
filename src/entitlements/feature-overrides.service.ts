import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ownedBy, ownerColumns, ownerProperty, type PayerKey } from '../auth/payer.js';
import { type CatalogueFeature } from '../catalogue/catalogue.js';
import { validationFailed } from '../common/billing-error.js';
import { type EntitlementDto } from './dto/entitlement.dto.js';
import { type SetOverrideDto } from './dto/override.dto.js';
import { EntitlementsService } from './entitlements.service.js';
import { FeatureOverride } from './feature-override.entity.js';

const MOST = 1_000_000_000;

/** What operators give payers of features, or take. */
@Injectable()
export class FeatureOverridesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly entitlements: EntitlementsService,
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
    await this.dataSource.getRepository(FeatureOverride).upsert(row, [ownerProperty(payer), 'feature']);
    return this.entitlements.get(payer, key);
  }

  /** @throws BillingError not_found */
  async remove(payer: PayerKey, key: string): Promise<EntitlementDto> {
    this.entitlements.featureOf(key);
    await this.dataSource.getRepository(FeatureOverride).delete({ ...ownedBy(payer), feature: key });
    return this.entitlements.get(payer, key);
  }
}

function fits({ type }: CatalogueFeature, value: unknown): boolean {
  if (type === 'flag') return typeof value === 'boolean';
  return (
    value === 'unlimited' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MOST)
  );
}
