import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { AppConfig, type BillingInterval, ConfigurationError, type Tier } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';
import { NOTHING_ON_COMMIT, type OnCommit, type Outcome } from '../sync/projection.js';
import { type PlanDto } from './dto/plan.dto.js';
import { type PlanOfPrice, plansByProduct, type PriceReference } from './plan-of-price.js';
import { PLAN_TEXTS } from './plan-texts.js';
import { PriceGateway, type StripePrice } from './price.gateway.js';
import { type PlanPrice, toPlanPrice, unfitness } from './price.mapper.js';
import { BILLING_INTERVALS, type Plan, TIERS } from './tiers.js';

const RETRY_SECONDS = 5;
/** An event that another instance took says here nothing of a price that was archived. */
const RECHECK_SECONDS = 300;
/** Prices of others that are remembered, so that one that turns up again is not asked for again. */
const MOST_REMEMBERED = 1_000;
/** All six plans. */
const PLANS: readonly Plan[] = TIERS.flatMap((tier) => BILLING_INTERVALS.map((interval) => ({ tier, interval })));

/** What never changes about a price at Stripe. */
interface PriceFacts {
  product: string | null;
  /** Stripe's word; null for a price that is paid once. */
  interval: string | null;
}

/**
 * The plans on sale and their prices at Stripe. The prices are checked at the start: one that does not fit stops the
 * boot; without an answer from Stripe the service starts, sells nothing and retries until all fit. An archived one is not
 * offered.
 */
@Injectable()
export class PlansService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PlansService.name);
  private readonly planOf: ReadonlyMap<string, Plan>;
  private prices: ReadonlyMap<string, PlanPrice> = new Map();
  /** Null until Stripe has told the products of the prices. */
  private tierOfProduct: ReadonlyMap<string, Tier> | null = null;
  private readonly remembered = new Map<string, PriceFacts>();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly config: AppConfig,
    private readonly gateway: PriceGateway,
    private readonly transactions: Transactions,
  ) {
    this.planOf = new Map(PLANS.map((plan) => [this.priceIdOf(plan.tier, plan.interval), plan]));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** The Stripe price (`price_…`) of a plan. */
  priceIdOf(tier: Tier, interval: BillingInterval): string {
    return this.config.prices[tier][interval];
  }

  /**
   * The Stripe price of a plan that somebody wants to have from now on.
   * @throws BillingError plan_unavailable for an archived one
   */
  priceOnSale(tier: Tier, interval: BillingInterval): string {
    const id = this.priceIdOf(tier, interval);
    if (this.prices.get(id)?.isOnSale === false) throw new BillingError('plan_unavailable');
    return id;
  }

  /**
   * The plan that a price belongs to, also one that it was sold at earlier; null for a price of no plan, and for an
   * earlier one that `know` was not asked about.
   */
  readonly findPlan = ({ id, product }: PriceReference): PlanOfPrice | null => {
    const current = this.planOf.get(id);
    if (current !== undefined) return { tier: current.tier, isCurrent: true };
    const tier = this.tierOfProduct?.get(product ?? this.remembered.get(id)?.product ?? '');
    return tier === undefined ? null : { tier, isCurrent: false };
  };

  /** How often a price is paid, Stripe's word; null where that is not known. */
  readonly intervalOf = (id: string): string | null =>
    this.planOf.get(id)?.interval ?? this.remembered.get(id)?.interval ?? null;

  /**
   * Makes sure that `findPlan` is right about prices: asks Stripe for what is not known yet.
   * @throws StripeError when Stripe does not answer
   */
  async know(prices: readonly PriceReference[]): Promise<void> {
    const others = prices.filter(({ id }) => !this.planOf.has(id));
    if (others.length === 0) return;
    if (this.tierOfProduct === null) await this.load();
    for (const { id, product } of others) if (product === null && !this.remembered.has(id)) await this.remember(id);
  }

  /** True once Stripe has confirmed the six prices, archived or not. */
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
    return TIERS.flatMap((tier) => {
      const { name, description, features } = PLAN_TEXTS[tier];
      const prices = this.pricesOf(tier);
      return prices.length === 0 ? [] : [{ tier, name, description, features: [...features], prices }];
    });
  }

  /** Takes in an event about a price or a product: what concerns a plan is read anew. */
  async refresh(stripeId: string, onCommit: OnCommit = NOTHING_ON_COMMIT): Promise<Outcome> {
    const products = [...this.prices.values()].map(({ stripeProductId }) => stripeProductId);
    const concerns = this.planOf.has(stripeId) || products.includes(stripeId);
    if (concerns) await this.reload();
    const outcome: Outcome = concerns ? { state: 'applied', read: true } : { state: 'applied' };
    await this.transactions.run((manager) => onCommit(manager, outcome));
    return outcome;
  }

  private async reload(): Promise<void> {
    try {
      this.prices = fitting(await this.load());
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.logger.error(error.message);
    }
  }

  private pricesOf(tier: Tier): PlanDto['prices'] {
    return BILLING_INTERVALS.flatMap((interval) => {
      const { amount, isOnSale } = this.priceOf(tier, interval);
      return isOnSale ? [{ interval, amount: amount.toNumber(), currency: amount.currency }] : [];
    });
  }

  /** @throws ConfigurationError that names each variable whose price does not fit */
  private async check(): Promise<void> {
    try {
      this.prices = fitting(await this.load());
      this.checkLater(RECHECK_SECONDS);
    } catch (error) {
      const failure = classifyStripeError(error);
      if (failure === null) throw error;
      if (failure.kind === 'misconfigured')
        throw new ConfigurationError('STRIPE_SECRET_KEY: Stripe refuses to show the prices to this key');
      this.logger.warn(`The prices could not be checked (Stripe: ${failure.kind}); asking again in ${RETRY_SECONDS} s`);
      this.checkLater(RETRY_SECONDS);
    }
  }

  private checkLater(seconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.check().catch((error: unknown) => {
        this.logger.error(`The prices do not fit; asking again in ${RETRY_SECONDS} s`, error);
        this.checkLater(RETRY_SECONDS);
      });
    }, seconds * 1000).unref();
  }

  /** Reads the prices of all plans, and learns their products. */
  private async load(): Promise<LoadedPrice[]> {
    const loaded = await Promise.all(
      PLANS.map(async (plan) => ({
        plan,
        price: await this.gateway.retrieve(this.priceIdOf(plan.tier, plan.interval)),
      })),
    );
    this.tierOfProduct = plansByProduct(
      loaded.flatMap(({ plan: { tier }, price }) => {
        const product = idOf(price?.product);
        return product === null ? [] : [{ tier, product }];
      }),
    );
    return loaded;
  }

  private async remember(id: string): Promise<void> {
    const price = await this.gateway.retrieve(id);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(id, { product: idOf(price?.product), interval: price?.recurring?.interval ?? null });
  }
}

/** The price of a plan as Stripe has it; null when Stripe does not know it. */
interface LoadedPrice {
  plan: Plan;
  price: StripePrice | null;
}

/** @throws ConfigurationError that names each variable whose price does not fit */
function fitting(loaded: readonly LoadedPrice[]): ReadonlyMap<string, PlanPrice> {
  const prices = new Map<string, PlanPrice>();
  const problems: string[] = [];
  for (const { plan, price } of loaded) {
    const problem = price === null ? 'is not known to Stripe' : unfitness(price, plan.interval);
    if (problem !== null) problems.push(`${variableOf(plan)}: ${problem}`);
    if (price !== null) prices.set(price.id, toPlanPrice(price));
  }
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
  return prices;
}

/** The environment variable that holds the price of a plan. */
function variableOf({ tier, interval }: Plan): string {
  return `STRIPE_${tier.toUpperCase()}_${interval === 'month' ? 'MONTHLY' : 'YEARLY'}_PRICE_ID`;
}
