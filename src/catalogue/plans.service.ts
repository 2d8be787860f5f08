import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BillingError } from '../common/billing-error.js';
import { AppConfig, ConfigurationError } from '../config/app-config.js';
import { Transactions } from '../database/transactions.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { idOf } from '../stripe/values.js';
import { NOTHING_ON_COMMIT, type OnCommit, type Outcome } from '../sync/projection.js';
import { Catalogue, type Plan, type PricePurpose } from './catalogue.js';
import { type PlanDto } from './dto/plan.dto.js';
import { invalidCurrency } from './currency.js';
import { type PricedPlan, toPlanDto } from './plan.mapper.js';
import { type PlanOfPrice, type PriceReference, type SoldThing } from './plan-of-price.js';
import { PriceGateway, type PriceAtStripe } from './price.gateway.js';
import {
  type BillingPeriod,
  differenceOf,
  type PlanPrice,
  priceIn,
  problemOf,
  toBillingPeriod,
  toPlanPrice,
} from './price.mapper.js';
import { SoldPrices } from './sold-prices.js';

const RETRY_SECONDS = 5;
/** An event that another instance took says here nothing of a price that was archived. */
const RECHECK_SECONDS = 300;
/** Prices of others that are remembered, so that one that turns up again is not asked for again. */
const MOST_REMEMBERED = 1_000;

/** What never changes about a price at Stripe. */
interface PriceFacts {
  product: string | null;
  /** Null for a price that is paid once. */
  period: BillingPeriod | null;
}

/**
 * The plans of the catalogue and their prices at Stripe. The prices are checked at the start: one that does not fit stops
 * the boot; without an answer from Stripe the service starts, sells nothing and retries until all fit. An archived one is
 * not offered.
 */
@Injectable()
export class PlansService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PlansService.name);
  private sold: SoldPrices;
  /** False until Stripe has told which prices and products there are. */
  private isLoaded = false;
  private isConfirmed = false;
  private readonly remembered = new Map<string, PriceFacts>();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;
  private readonly preparations: (() => Promise<void>)[] = [];

  constructor(
    private readonly config: AppConfig,
    readonly catalogue: Catalogue,
    private readonly gateway: PriceGateway,
    private readonly transactions: Transactions,
  ) {
    this.sold = new SoldPrices(catalogue, null);
  }

  /**
   * @param work runs once, when all prices are known and before anything is sold; what it throws stops the boot
   */
  beforeReady(work: () => Promise<void>): void {
    this.preparations.push(work);
  }

  /** What decides which plan a price belongs to, in short: another one means another catalogue. */
  fingerprint(): string {
    return this.sold.fingerprint();
  }

  /** All of the catalogue, prices included, in short. */
  contentHash(): string {
    const { currency, features, plans } = this.catalogue;
    const content = [this.fingerprint(), currency, [...features.values()], [...plans.values()]];
    return createHash('sha256').update(JSON.stringify(content, serializable)).digest('hex');
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /**
   * The Stripe price (`price_…`) of a plan, or of its seats.
   * @throws BillingError stripe_unavailable while Stripe has not told it yet
   */
  priceIdOf(plan: Plan, purpose: PricePurpose = 'plan'): string {
    const id = this.sold.idOf(plan, purpose);
    if (id === undefined) throw notYet();
    return id;
  }

  /**
   * The Stripe price of a plan that somebody wants to have from now on.
   * @throws BillingError plan_unavailable for an archived one; stripe_unavailable
   */
  priceOnSale(plan: Plan, purpose: PricePurpose = 'plan'): string {
    const id = this.priceIdOf(plan, purpose);
    if (this.sold.priceOf(id)?.isOnSale === false) throw new BillingError('plan_unavailable');
    return id;
  }

  /**
   * The plan that a price belongs to, also one that it was sold at earlier; null for a price of no plan, and for an
   * earlier one that `know` was not asked about.
   */
  readonly findPlan = (price: PriceReference): PlanOfPrice | null => this.sold.findPlan(this.withProduct(price));

  /** What a price pays for: a plan, its seats or an add-on. */
  readonly findSold = (price: PriceReference): SoldThing | null => this.sold.find(this.withProduct(price));

  /** Place of a plan among the others; the higher one is the better. -1 for one that is not in the catalogue. */
  readonly rankOf = (tier: string): number => this.sold.rankOf(tier);

  /** Group of a plan that is sold. */
  groupOf({ tier }: Plan): string {
    return this.catalogue.parsePlan(tier).group ?? this.catalogue.defaultGroup();
  }

  /** How often a price is paid; null where that is not known. */
  readonly periodOf = (id: string): BillingPeriod | null =>
    this.sold.periodOf(id) ?? this.remembered.get(id)?.period ?? null;

  /**
   * Makes sure that `findPlan` is right about prices: asks Stripe for what is not known yet.
   * @throws StripeError when Stripe does not answer
   */
  async know(prices: readonly PriceReference[]): Promise<void> {
    const others = prices.filter(({ id }) => !this.sold.isNamed(id));
    if (others.length === 0) return;
    if (!this.isLoaded) await this.load();
    for (const { id, product } of others)
      if (product === null && !this.sold.isNamed(id) && !this.remembered.has(id)) await this.remember(id);
  }

  /** True where `know` would ask Stripe nothing. */
  knows(prices: readonly PriceReference[]): boolean {
    return prices.every(
      ({ id, product }) => this.sold.isNamed(id) || (this.isLoaded && (product !== null || this.remembered.has(id))),
    );
  }

  /** True once Stripe has confirmed all prices of the catalogue, archived or not. */
  isReady(): boolean {
    return this.isConfirmed;
  }

  /**
   * What a plan costs.
   * @throws BillingError stripe_unavailable while Stripe has not confirmed the prices yet
   */
  priceOf(plan: Plan, purpose: PricePurpose = 'plan'): PlanPrice {
    const price = this.isConfirmed ? this.sold.priceOf(this.priceIdOf(plan, purpose)) : undefined;
    if (price === undefined) throw notYet();
    return price;
  }

  /** Whether a price of the catalogue has an amount in a currency; true for one of which Stripe has told nothing yet. */
  isSoldIn(priceId: string, currency: string): boolean {
    return this.sold.priceOf(priceId)?.amounts.has(currency) ?? true;
  }

  /**
   * The plans on sale and the add-ons, in the order of the catalogue, with those that are had without being bought.
   * @param currency the prices are told in this one, without those that have none; null: in that of the catalogue
   * @throws BillingError invalid_currency for one in which nothing is sold; stripe_unavailable while Stripe has not confirmed the
   * prices yet
   */
  list(currency: string | null = null): PlanDto[] {
    const all = this.catalogue.prices().map((sold) => ({ sold, price: this.priceOf(sold, sold.purpose) }));
    const told = currency === null ? all : inCurrency(all, currency.trim().toLowerCase());
    return [...this.catalogue.plans.values()].flatMap((plan) => {
      const prices = told.filter(({ sold, price }) => sold.tier === plan.key && price.isOnSale);
      if (prices.length === 0 && plan.prices.length > 0) return [];
      return [toPlanDto(plan, prices, this.catalogue, this.rankOf(plan.key), this.config.env.TRIAL_DAYS)];
    });
  }

  /** Takes in an event about a price or a product: what concerns a plan is read anew. */
  async refresh(stripeId: string, onCommit: OnCommit = NOTHING_ON_COMMIT): Promise<Outcome> {
    const concerns = this.sold.isNamed(stripeId) || this.sold.hasProduct(stripeId);
    if (concerns) await this.reload();
    const outcome: Outcome = concerns ? { state: 'applied', read: true } : { state: 'applied' };
    await this.transactions.run((manager) => onCommit(manager, outcome));
    return outcome;
  }

  private withProduct({ id, product }: PriceReference): PriceReference {
    return { id, product: product ?? this.remembered.get(id)?.product ?? null };
  }

  private async reload(): Promise<void> {
    try {
      const found = await this.load();
      refuseUnfit(found, this.catalogue);
      this.confirm(found);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.logger.error(error.message);
    }
  }

  /** @throws ConfigurationError that names each price that does not fit */
  private async check(): Promise<void> {
    try {
      const found = await this.load();
      refuseUnfit(found, this.catalogue);
      if (!this.isConfirmed) for (const prepare of this.preparations) await prepare();
      this.confirm(found);
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

  /** Reads the prices of all plans, and learns what is sold under which product. */
  private async load(): Promise<PriceAtStripe[]> {
    const found = await this.gateway.findAll(this.catalogue.prices());
    const { currency } = this.catalogue;
    this.sold = new SoldPrices(
      this.catalogue,
      found.flatMap(({ sold, price }) =>
        price === null ? [] : [{ sold, id: price.id, price: toPlanPrice(price, currency ?? price.currency) }],
      ),
    );
    this.isLoaded = true;
    return found;
  }

  private confirm(found: readonly PriceAtStripe[]): void {
    this.isConfirmed = true;
    for (const { sold, price } of found) {
      const difference = price === null ? null : differenceOf(price, sold);
      if (difference !== null) this.logger.warn(`${sold.origin}: ${difference}; subscribers pay what Stripe says`);
    }
  }

  private async remember(id: string): Promise<void> {
    const price = await this.gateway.retrieve(id);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(id, { product: idOf(price?.product), period: price === null ? null : toBillingPeriod(price) });
  }
}

/** @throws BillingError invalid_currency when none is sold in it */
function inCurrency(prices: readonly PricedPlan[], currency: string): PricedPlan[] {
  const told = prices.flatMap(({ sold, price }) => {
    const found = priceIn(price, currency);
    return found === null ? [] : [{ sold, price: found }];
  });
  if (told.length > 0) return told;
  const known = new Set(prices.flatMap(({ price }) => [...price.amounts.keys()]));
  throw invalidCurrency(currency, known);
}

/** @throws ConfigurationError that names each price that does not fit */
function refuseUnfit(found: readonly PriceAtStripe[], catalogue: Catalogue): void {
  const problems = found.flatMap((one) => {
    const problem = problemOf(one, catalogue);
    return problem === null ? [] : [`${one.sold.origin}: ${problem}`];
  });
  if (problems.length > 0) throw new ConfigurationError(problems.join('\n'));
}

function notYet(): BillingError {
  return new BillingError('stripe_unavailable', undefined, { retryAfterSeconds: RETRY_SECONDS });
}

function serializable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
}
