import { Body, Controller, Delete, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { RequireServiceKey } from '../auth/access.js';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { EntitlementDto } from './dto/entitlement.dto.js';
import { FeatureParameterDto } from './dto/feature-parameter.dto.js';
import { SetOverrideDto } from './dto/override.dto.js';
import { ReportUsageDto } from './dto/usage.dto.js';
import { FeatureOverridesService } from './feature-overrides.service.js';
import { FeatureUsageService } from './feature-usage.service.js';

/** What the host's own backend says of a payer. */
@BillingRoutes()
@Controller()
export class HostController {
  constructor(
    private readonly usage: FeatureUsageService,
    private readonly overrides: FeatureOverridesService,
  ) {}

  @Put('usage/:feature')
  @RequireServiceKey('act')
  @ApiOperation({ summary: 'Say how much of a feature a payer has in use; needs a service key' })
  @ApiOkResponse({ type: EntitlementDto })
  @Problems('not_found', 'validation_failed')
  report(
    @CurrentPayer() payer: Payer,
    @Param() { feature }: FeatureParameterDto,
    @Body() { used }: ReportUsageDto,
  ): Promise<EntitlementDto> {
    return this.usage.report(payer, feature, used);
  }

  @Put('entitlements/:feature/override')
  @RequireServiceKey('admin')
  @ApiOperation({ summary: 'Give a payer more of a feature, or less, whatever the plan says; needs a service key' })
  @ApiOkResponse({ type: EntitlementDto })
  @Problems('not_found', 'validation_failed')
  override(
    @CurrentPayer() payer: Payer,
    @Param() { feature }: FeatureParameterDto,
    @Body() override: SetOverrideDto,
  ): Promise<EntitlementDto> {
    return this.overrides.set(payer, feature, override);
  }

  @Delete('entitlements/:feature/override')
  @HttpCode(200)
  @RequireServiceKey('admin')
  @ApiOperation({ summary: 'Let the plan decide again; needs a service key' })
  @ApiOkResponse({ type: EntitlementDto })
  @Problems('not_found')
  removeOverride(@CurrentPayer() payer: Payer, @Param() { feature }: FeatureParameterDto): Promise<EntitlementDto> {
    return this.overrides.remove(payer, feature);
  }
}
