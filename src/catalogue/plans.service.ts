import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { AppConfig, type BillingInterval, ConfigurationError, type Tier } from '../config/app-config.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { type PlanDto } from './dto/plan.dto.js';
import { PLAN_TEXTS } from './plan-texts.js';
import { PriceGateway } from './price.gateway.js';
import { type PlanPrice, toPlanPrice, unfitness } from './price.mapper.js';
import { BILLING_INTERVALS, type Plan, TIERS } from './tiers.js';

const RETRY_SECONDS = 5;
/** All six plans. */
const PLANS: readonly Plan[] = TIERS.flatMap((tier) => BILLING_INTERVALS.map((interval) => ({ tier, interval })));

/**
 * The plans on sale and their prices at Stripe. The prices are checked at the start: one that does not fit stops the
 * boot; without an answer from Stripe the service starts, sells nothing and retries until all fit.
 */
@Injectable()
export class PlansService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PlansService.name);
  private readonly planOf: ReadonlyMap<string, Plan>;
  private prices: ReadonlyMap<string, PlanPrice> = new Map();
  private retry: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly config: AppConfig,
    private readonly gateway: PriceGateway,
  ) {
    this.planOf = new Map(PLANS.map((plan) => [this.priceIdOf(plan.tier, plan.interval), plan]));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    if (this.retry !== null) clearTimeout(this.retry);
  }

  /** The Stripe price (`price_…`) of a plan. */
  priceIdOf(tier: Tier, interval: BillingInterval): string {
    return this.config.prices[tier][interval];
  }

  /** The plan that a Stripe price sells; null for a price that is none of the six. */
  planOfPrice(stripePriceId: string): Plan | null {
    return this.planOf.get(stripePriceId) ?? null;
  }

  /** True once Stripe has confirmed the six prices. */
  isReady(): boolean {
    return this.prices.size === PLANS.length;
  }

  /**
   * What a plan costs.
   * @throws BillingError stripe_unavailable while Stripe has not confirmed the prices yet
   */
  priceOf(tier: Tier, interval: BillingInterval): PlanPrice {
    const price = this.prices.get(this.priceIdOf(tier, interval));
    if (price === undefined)
      throw new BillingError('stripe_unavailable', undefined, { retryAfterSeconds: RETRY_SECONDS });
    return price;
  }

  /**
   * The plans on sale, the lowest tier first.
   * @throws BillingError stripe_unavailable while Stripe has not confirmed the prices yet
   */
  list(): PlanDto[] {
    return TIERS.map((tier) => {
      const { name, description, features } = PLAN_TEXTS[tier];
      return { tier, name, description, features: [...features], prices: this.pricesOf(tier) };
    });
  }

  private pricesOf(tier: Tier): PlanDto['prices'] {
    return BILLING_INTERVALS.map((interval) => {
      const { amount } = this.priceOf(tier, interval);
      return { interval, amount: amount.toNumber(), currency: amount.currency };
    });
  }

  /** @throws ConfigurationError that names each variable whose price does not fit */
  private async check(): Promise<void> {
    try {
      this.prices = await this.fetchPrices();
    } catch (error) {
      const failure = classifyStripeError(error);
      if (failure === null) throw error;
      if (failure.kind === 'misconfigured')
        throw new ConfigurationError('STRIPE_SECRET_KEY: Stripe refuses to show the prices to this key');
      this.logger.warn(`The prices could not be checked (Stripe: ${failure.kind}); asking again in ${RETRY_SECONDS} s`);
      this.checkLater();
    }
  }

  private checkLater(): void {
    if (this.stopped) return;
    this.retry = setTimeout(() => {
      this.check().catch((error: unknown) => {
        this.logger.error(`No plan can be sold; asking again in ${RETRY_SECONDS} s`, error);
        this.checkLater();
      });
    }, RETRY_SECONDS * 1000).unref();
  }

  private async fetchPrices(): Promise<ReadonlyMap<string, PlanPrice>> {
    const found = await Promise.all(
      PLANS.map((plan) => this.gateway.retrieve(this.priceIdOf(plan.tier, plan.interval))),
    );
    const prices = new Map<string, PlanPrice>();
    const problems: string[] = [];
    for (const [index, plan] of PLANS.entries()) {
      const price = found[index] ?? null;
      const problem = price === null ? 'is not known to Stripe' : unfitness(price, plan.interval);
      if (problem !== null) problems.push(`${variableOf(plan)}: ${problem}`);
      if (price !== null) prices.set(price.id, toPlanPrice(price));
    }
    if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
    return prices;
  }
}

/** The environment variable that holds the price of a plan. */
function variableOf({ tier, interval }: Plan): string {
  return `STRIPE_${tier.toUpperCase()}_${interval === 'month' ? 'MONTHLY' : 'YEARLY'}_PRICE_ID`;
}
