import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { type PayerKey } from '../auth/payer.js';
import { type CatalogueFeature } from '../catalogue/catalogue.js';
import { PlansService } from '../catalogue/plans.service.js';
import { BillingError } from '../common/billing-error.js';
import { AppConfig } from '../config/app-config.js';
import { StripeClient } from '../stripe/stripe-client.js';
import { type EntitlementDto } from './dto/entitlement.dto.js';
import { EntitlementsReader, type PayerFacts } from './entitlements.reader.js';
import { type EntitlementPolicy, type Grant, grantOf, toEntitlementDto } from './entitlement-rules.js';
import { periodOf, type UsagePeriod } from './usage-period.js';

/** A feature of a payer at a moment: what is given, and what was used of it. */
export interface Entitlement {
  feature: CatalogueFeature;
  grant: Grant;
  used: number;
  period: UsagePeriod;
}

/** One answer to "may they?", from the tables alone. */
@Injectable()
export class EntitlementsService {
  private readonly policy: EntitlementPolicy;

  constructor(
    private readonly plans: PlansService,
    private readonly reader: EntitlementsReader,
    private readonly stripe: StripeClient,
    { env }: AppConfig,
  ) {
    this.policy = { graceDays: env.GRACE_DAYS, disputes: env.DISPUTE_POLICY };
  }

  async list(payer: PayerKey): Promise<EntitlementDto[]> {
    return (await this.listAt(payer)).entitlements;
  }

  /** Every feature of the catalogue, and the moment of Stripe's clock that the answers are of. */
  async listAt(payer: PayerKey): Promise<{ entitlements: EntitlementDto[]; now: Date }> {
    const [facts, now] = await Promise.all([this.reader.factsOf(payer), this.stripe.now()]);
    const features = [...this.plans.catalogue.features.values()];
    return { entitlements: features.map((feature) => toDto(this.judge(feature, facts, now))), now };
  }

  /** @throws BillingError not_found for a feature that the catalogue does not have */
  async get(payer: PayerKey, key: string): Promise<EntitlementDto> {
    return toDto(await this.find(payer, this.featureOf(key)));
  }

  async find(payer: PayerKey, feature: CatalogueFeature, manager?: EntityManager): Promise<Entitlement> {
    const [facts, now] = await Promise.all([this.reader.factsOf(payer, manager), this.stripe.now()]);
    return this.judge(feature, facts, now);
  }

  /** @throws BillingError not_found for a feature that the catalogue does not have */
  featureOf(key: string): CatalogueFeature {
    const feature = this.plans.catalogue.features.get(key);
    if (feature === undefined) throw new BillingError('not_found', 'Feature not found');
    return feature;
  }

  private judge(feature: CatalogueFeature, facts: PayerFacts, now: Date): Entitlement {
    const { subscriptions, overrides, usage } = facts;
    const override = overrides.get(feature.key) ?? null;
    const grant = grantOf(feature, subscriptions, override, this.plans.catalogue, now, this.policy);
    const source = subscriptions.find(({ tier }) => tier === grant.plan) ?? null;
    const period = periodOf(feature, now, source);
    const counted = usage.find(
      (one) => one.feature === feature.key && one.periodStart.getTime() === period.start.getTime(),
    );
    return { feature, grant, used: counted?.used ?? 0, period };
  }
}

export function toDto({ feature, grant, used, period }: Entitlement): EntitlementDto {
  return toEntitlementDto(feature, grant, used, period);
}
