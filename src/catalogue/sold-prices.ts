import { createHash } from 'node:crypto';
import { type Catalogue, type CataloguePlan, type CataloguePrice, type Plan, type PricePurpose } from './catalogue.js';
import { type PlanOfPrice, type PriceReference, type SoldThing } from './plan-of-price.js';
import { type PlanPrice } from './price.mapper.js';

/** A price of the catalogue as Stripe has it. */
export interface LoadedPrice {
  sold: CataloguePrice;
  /** `price_…` */
  id: string;
  price: PlanPrice;
}

const MONTHS = { day: 12 / 365, week: (12 * 7) / 365, month: 1, year: 12 } as const;

/** The prices of the catalogue and what they sell, as far as Stripe has told. Never changed: read anew, it is a new one. */
export class SoldPrices {
  private readonly byId = new Map<string, SoldThing & { sold: CataloguePrice | null }>();
  private readonly idByName = new Map<string, string>();
  private readonly byProduct = new Map<string, SoldThing | null>();
  private readonly prices = new Map<string, PlanPrice>();
  private readonly ranks: ReadonlyMap<string, number>;

  /** @param loaded null: Stripe has told nothing yet, and only prices that are named by their id are known */
  constructor(
    private readonly catalogue: Catalogue,
    loaded: readonly LoadedPrice[] | null,
  ) {
    for (const plan of catalogue.plans.values()) {
      for (const id of plan.earlierPrices) this.byId.set(id, { plan, purpose: 'plan', isCurrent: false, sold: null });
      for (const sold of plan.prices) if (sold.id !== null) this.note(plan, sold, sold.id);
    }
    for (const { sold, id, price } of loaded ?? []) {
      const plan = catalogue.plans.get(sold.tier);
      if (plan === undefined) continue;
      this.note(plan, sold, id);
      this.prices.set(id, price);
      this.noteProduct(price.stripeProductId, plan, sold.purpose);
    }
    this.ranks = new Map([...catalogue.plans.values()].map((plan) => [plan.key, this.rankIn(plan)]));
  }

  /** `price_…` of a plan, or of its seats; undefined where its lookup key was not found yet. */
  idOf(plan: Plan, purpose: PricePurpose = 'plan'): string | undefined {
    return this.idByName.get(nameOf(plan, purpose));
  }

  /** What is known of a price of the catalogue. */
  priceOf(id: string): PlanPrice | undefined {
    return this.prices.get(id);
  }

  /** The period of a price that is sold now. */
  periodOf(id: string): Plan | null {
    return this.byId.get(id)?.sold ?? null;
  }

  isNamed(id: string): boolean {
    return this.byId.has(id);
  }

  /** Whether anything of the catalogue is sold under a product. */
  hasProduct(product: string): boolean {
    return this.byProduct.has(product);
  }

  /**
   * What a price pays for: what the catalogue says of it, else what is sold under its product. A product that sells
   * several things proves nothing.
   */
  find({ id, product }: PriceReference): SoldThing | null {
    const named = this.byId.get(id);
    if (named !== undefined) return named;
    const found = product === null ? null : (this.byProduct.get(product) ?? null);
    return found === null ? null : { ...found, isCurrent: false };
  }

  /** The plan that a price belongs to; null for one of an add-on or of seats. */
  findPlan(price: PriceReference): PlanOfPrice | null {
    const thing = this.find(price);
    if (thing === null || thing.purpose !== 'plan' || thing.plan.group === null) return null;
    const { key, group } = thing.plan;
    return { tier: key, group, rank: this.rankOf(key), isCurrent: thing.isCurrent };
  }

  /** Place of a plan among the others: its own rank, else what it costs a month. Below all of them: one that is not sold. */
  rankOf(tier: string): number {
    return this.ranks.get(tier) ?? -1;
  }

  /** Plans, groups, prices, products and the seats that plans hold, in short. */
  fingerprint(): string {
    const prices = [...this.byId].map(([id, { plan, purpose }]) => [id, plan.key, plan.group, purpose]);
    const products = [...this.byProduct].map(([id, thing]) => [id, thing?.plan.key ?? null, thing?.purpose ?? null]);
    const seats = [...this.catalogue.plans.values()].flatMap(({ key, seats: held }) =>
      held?.areItems === true ? [[key, held.included]] : [],
    );
    return createHash('sha256')
      .update(JSON.stringify([prices.sort(), products.sort(), ...(seats.length > 0 ? [seats.sort()] : [])]))
      .digest('hex');
  }

  private note(plan: CataloguePlan, sold: CataloguePrice, id: string): void {
    this.byId.set(id, { plan, purpose: sold.purpose, isCurrent: true, sold });
    this.idByName.set(nameOf(sold, sold.purpose), id);
  }

  private noteProduct(product: string, plan: CataloguePlan, purpose: PricePurpose): void {
    const known = this.byProduct.get(product);
    const isSame = known === undefined || (known?.plan === plan && known.purpose === purpose);
    this.byProduct.set(product, isSame ? { plan, purpose, isCurrent: false } : null);
  }

  /** Minor units a month of the cheapest price, where there is no rank. */
  private rankIn({ rank, key, prices }: CataloguePlan): number {
    if (rank !== null) return rank;
    if (prices.length === 0) return 0;
    const monthly = prices
      .filter(({ purpose }) => purpose === 'plan')
      .flatMap((sold) => {
        const { currency } = this.catalogue;
        const id = this.idOf(sold);
        const amount =
          (id === undefined ? undefined : this.prices.get(id)?.amount) ??
          (currency === null ? undefined : sold.amounts?.get(currency));
        return amount === undefined ? [] : [Number(amount.minorUnits) / (MONTHS[sold.interval] * sold.intervalCount)];
      });
    return monthly.length > 0 ? Math.min(...monthly) : [...this.catalogue.plans.keys()].indexOf(key);
  }
}

function nameOf({ tier, interval, intervalCount }: Plan, purpose: PricePurpose): string {
  return `${tier} ${purpose} ${intervalCount} ${interval}`;
}
