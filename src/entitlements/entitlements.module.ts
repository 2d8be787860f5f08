import { Module } from '@nestjs/common';
import { PlansModule } from '../catalogue/plans.module.js';
import { ConsumptionRetention } from './consumption-retention.js';
import { EntitlementEnds } from './entitlement-ends.js';
import { EntitlementSnapshotController } from './entitlement-snapshot.controller.js';
import { EntitlementsController } from './entitlements.controller.js';
import { EntitlementsReader } from './entitlements.reader.js';
import { EntitlementsService } from './entitlements.service.js';
import { FeatureOverridesService } from './feature-overrides.service.js';
import { FeatureUsageService } from './feature-usage.service.js';
import { HostController } from './host.controller.js';
import { ReachedLimits } from './reached-limits.js';

@Module({
  imports: [PlansModule],
  controllers: [EntitlementsController, EntitlementSnapshotController, HostController],
  providers: [
    EntitlementsReader,
    EntitlementsService,
    FeatureUsageService,
    FeatureOverridesService,
    ReachedLimits,
    ConsumptionRetention,
    EntitlementEnds,
  ],
  exports: [EntitlementsService],
})
export class EntitlementsModule {}
