import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { CurrentPayer } from '../auth/authenticated-request.js';
import { type Payer } from '../auth/payer.js';
import { AppConfig } from '../config/app-config.js';
import { BillingRoutes } from '../http/openapi/api-docs.js';
import { EntitlementSnapshotDto } from './dto/entitlement-snapshot.dto.js';
import { EntitlementsService } from './entitlements.service.js';
import { signSnapshot } from './snapshot.js';

/** What a payer may use, in a form that can be believed while this service is away. */
@BillingRoutes()
@Controller('entitlement-snapshot')
export class EntitlementSnapshotController {
  constructor(
    private readonly entitlements: EntitlementsService,
    private readonly config: AppConfig,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What the caller may use, and the same dated and signed' })
  @ApiOkResponse({ type: EntitlementSnapshotDto })
  async get(@CurrentPayer() payer: Payer): Promise<EntitlementSnapshotDto> {
    const { entitlements, now } = await this.entitlements.listAt(payer);
    const { snapshotKey: key } = this.config;
    return { entitlements, snapshot: key === null ? null : await signSnapshot(payer, entitlements, now, key) };
  }
}
