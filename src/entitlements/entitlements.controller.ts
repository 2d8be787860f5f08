import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { MembersToo } from '../auth/access.js';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { BillingRoutes, Problems } from '../http/openapi/api-docs.js';
import { ConsumeDto } from './dto/consume.dto.js';
import { EntitlementDto } from './dto/entitlement.dto.js';
import { FeatureParameterDto } from './dto/feature-parameter.dto.js';
import { EntitlementsService } from './entitlements.service.js';
import { FeatureUsageService } from './feature-usage.service.js';

/** What a payer may use, by the tables alone. */
@BillingRoutes()
@Controller('entitlements')
export class EntitlementsController {
  constructor(
    private readonly entitlements: EntitlementsService,
    private readonly usage: FeatureUsageService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What the caller may use: every feature of the catalogue' })
  @ApiOkResponse({ type: [EntitlementDto] })
  list(@CurrentPayer() payer: Payer): Promise<EntitlementDto[]> {
    return this.entitlements.list(payer);
  }

  @Get(':feature')
  @ApiOperation({ summary: 'Whether the caller may use a feature, why, and until when' })
  @ApiOkResponse({ type: EntitlementDto })
  @Problems('not_found')
  get(@CurrentPayer() payer: Payer, @Param() { feature }: FeatureParameterDto): Promise<EntitlementDto> {
    return this.entitlements.get(payer, feature);
  }

  @Post(':feature/consume')
  @MembersToo()
  @HttpCode(200)
  @ApiOperation({ summary: 'Use some of a feature, once for a key; over the limit nothing is used' })
  @ApiOkResponse({ type: EntitlementDto })
  @Problems('not_found', 'validation_failed', 'limit_reached', 'usage_key_reused', 'conflict')
  consume(
    @CurrentPayer() payer: Payer,
    @Param() { feature }: FeatureParameterDto,
    @Body() use: ConsumeDto,
  ): Promise<EntitlementDto> {
    return this.usage.consume(payer, feature, use);
  }
}
