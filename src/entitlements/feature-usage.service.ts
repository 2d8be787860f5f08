import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { ownedBy, ownerColumn, ownerColumns, type Payer, type PayerKey } from '../auth/payer.js';
import { type CatalogueFeature } from '../catalogue/catalogue.js';
import { BillingError, validationFailed } from '../common/billing-error.js';
import { Transactions } from '../database/transactions.js';
import { type ConsumeDto } from './dto/consume.dto.js';
import { type EntitlementDto } from './dto/entitlement.dto.js';
import { type Entitlement, EntitlementsService, toDto } from './entitlements.service.js';
import { FeatureConsumption } from './feature-consumption.entity.js';
import { ReachedLimits } from './reached-limits.js';

/** Counts what payers use. Everything here is one statement or one transaction: many at once never pass the limit. */
@Injectable()
export class FeatureUsageService {
  constructor(
    private readonly entitlements: EntitlementsService,
    private readonly transactions: Transactions,
    private readonly limits: ReachedLimits,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Uses some of a feature, once for a key.
   * @throws BillingError not_found, validation_failed for a flag, limit_reached, key_reused with another amount
   */
  async consume(payer: Payer, key: string, use: ConsumeDto): Promise<EntitlementDto> {
    const feature = this.countedFeature(key);
    if (use.amount < 0 && payer.actor.kind !== 'service_key')
      throw validationFailed([{ field: 'amount', message: 'amount must not be less than 0' }]);
    const entitlement = await this.entitlements.find(payer, feature);
    try {
      return await this.transactions.run(async (manager) => {
        const earlier = await this.claim(manager, payer, feature, use);
        if (earlier !== null) return earlier;
        const used = await this.add(manager, payer, entitlement, use.amount);
        const answer = toDto({ ...entitlement, used });
        await manager.update(FeatureConsumption, { ...ownedBy(payer), feature: key, key: use.key }, { answer });
        if (isUsedUp(answer)) await this.limits.tell(manager, payer, entitlement);
        if (use.amount < 0) await this.note(manager, payer, key, 'usage.taken_back', { amount: use.amount, used });
        return answer;
      });
    } catch (error) {
      if (error instanceof BillingError && error.code === 'limit_reached')
        await this.transactions.run((manager) => this.limits.tell(manager, payer, entitlement, use.amount));
      throw error;
    }
  }

  /**
   * Takes over how much is in use, as the host counts it.
   * @throws BillingError not_found, validation_failed for a flag
   */
  async report(payer: PayerKey, key: string, used: number): Promise<EntitlementDto> {
    const entitlement = await this.entitlements.find(payer, this.countedFeature(key));
    const answer = toDto({ ...entitlement, used });
    await this.transactions.run(async (manager) => {
      await this.write(manager, payer, entitlement, used, 'excluded.used', null);
      if (isUsedUp(answer)) await this.limits.tell(manager, payer, entitlement);
      await this.note(manager, payer, key, 'usage.reported', { used });
    });
    return answer;
  }

  /** A use itself is told by its row of feature_consumptions. */
  private note(
    manager: EntityManager,
    of: PayerKey,
    id: string,
    action: string,
    after: Record<string, unknown>,
  ): Promise<void> {
    return this.audit.write(manager, { action, object: { type: 'feature', id }, of, after });
  }

  private countedFeature(key: string): CatalogueFeature {
    const feature = this.entitlements.featureOf(key);
    if (feature.type !== 'flag') return feature;
    throw validationFailed([{ field: 'feature', message: `${key} is had or not: it is not counted` }]);
  }

  /** The answer to the same use before; null for a new one. A concurrent one is waited for. */
  private async claim(
    manager: EntityManager,
    payer: PayerKey,
    { key: feature }: CatalogueFeature,
    { key, amount }: ConsumeDto,
  ): Promise<EntitlementDto | null> {
    const values = { ...ownerColumns(payer), feature, key, amount };
    const made = await manager
      .createQueryBuilder()
      .insert()
      .into(FeatureConsumption)
      .values(values)
      .orIgnore()
      .execute();
    if ((made.raw as unknown[]).length > 0) return null;
    const known = await manager.findOneByOrFail(FeatureConsumption, { ...ownedBy(payer), feature, key });
    if (known.amount !== amount) throw new BillingError('usage_key_reused');
    if (known.answer === null) throw new BillingError('conflict');
    return known.answer;
  }

  /** @throws BillingError limit_reached; nothing is used then */
  private async add(
    manager: EntityManager,
    payer: PayerKey,
    entitlement: Entitlement,
    amount: number,
  ): Promise<number> {
    const { grant, feature } = entitlement;
    const limit = grant.value === 'unlimited' ? null : Number(grant.value);
    const used = await this.write(
      manager,
      payer,
      entitlement,
      amount,
      'known.used + excluded.used',
      amount > 0 ? limit : null,
    );
    if (used !== null) return used;
    throw new BillingError('limit_reached', `The limit of ${feature.key} is reached`);
  }

  /** @returns what is used from then on; null where that would pass the limit */
  private async write(
    manager: EntityManager,
    payer: PayerKey,
    { feature, period }: Entitlement,
    amount: number,
    sum: string,
    limit: number | null,
  ): Promise<number | null> {
    const column = ownerColumn(payer);
    if (limit !== null && amount > limit) return null;
    const [row] = await manager.query<{ used: string }[]>(
      `INSERT INTO feature_usage AS known (${column}, feature, period_start, used) VALUES ($1, $2, $3, greatest($4::bigint, 0))
       ON CONFLICT (${column}, feature, period_start) DO UPDATE SET used = greatest(${sum.replace('excluded.used', '$4::bigint')}, 0)
       WHERE $5::bigint IS NULL OR ${sum.replace('excluded.used', '$4::bigint')} <= $5::bigint
       RETURNING used`,
      [payer.id, feature.key, period.start, amount, limit],
    );
    return row === undefined ? null : Number(row.used);
  }
}

function isUsedUp({ reason }: EntitlementDto): boolean {
  return reason === 'limit_reached';
}
