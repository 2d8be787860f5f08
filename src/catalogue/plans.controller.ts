import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/access.js';
import { Problems } from '../http/openapi/api-docs.js';
import { AppConfig } from '../config/app-config.js';
import { StripeClient } from '../stripe/stripe-client.js';
import { ListPlansDto } from './dto/list-plans.dto.js';
import { PlanDto } from './dto/plan.dto.js';
import { PublicConfigDto } from './dto/public-config.dto.js';
import { PlansService } from './plans.service.js';

/** What is on sale; needs no token. */
@ApiTags('billing')
@Public()
@Controller()
export class PlansController {
  constructor(
    private readonly plans: PlansService,
    private readonly config: AppConfig,
    private readonly stripe: StripeClient,
  ) {}

  @Get('plans')
  @ApiOperation({ summary: 'The plans on sale, with their prices' })
  @ApiOkResponse({ type: [PlanDto] })
  @Problems('invalid_currency', 'validation_failed', 'stripe_unavailable')
  list(@Query() { currency }: ListPlansDto): PlanDto[] {
    return this.plans.list(currency ?? null);
  }

  @Get('config')
  @ApiOperation({ summary: 'What a frontend must know before anyone signs in' })
  @ApiOkResponse({ type: PublicConfigDto })
  async publicConfig(): Promise<PublicConfigDto> {
    const { env, sandbox, snapshotKey } = this.config;
    return {
      publishable_key: env.STRIPE_PUBLISHABLE_KEY ?? null,
      trial_days: env.TRIAL_DAYS,
      sandbox,
      now: await this.stripe.now(),
      entitlements_public_key: snapshotKey?.publicKey ?? null,
    };
  }
}
