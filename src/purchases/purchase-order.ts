import { Injectable } from '@nestjs/common';
import { type Payer } from '../auth/payer.js';
import { AppConfig } from '../config/app-config.js';
import { type Discount } from '../coupons/coupon-code.js';
import { CouponsService } from '../coupons/coupons.service.js';
import { type Customer } from '../customers/customer.entity.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { type PayerMetadata } from '../customers/payer-metadata.js';
import { Payers } from '../customers/payers.js';
import { StripeCustomers, type StripeCustomer } from '../customers/stripe-customers.js';
import { checkTrialDays } from '../customers/trial-rules.js';
import { CustomerPaymentMethods, type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { hostMetadata, type SubscriptionMetadata } from '../subscriptions/dto/subscription-metadata.js';
import { type AddOnWish, unitsOf, wantedAddOns, wantedQuantity } from '../catalogue/composition.js';
import { chosenCurrency, invalidCurrency } from '../catalogue/currency.js';
import { type PlanPrice, priceIn } from '../catalogue/price.mapper.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type Plan } from '../catalogue/catalogue.js';

/** What a caller asks to buy, as sent. */
export interface PurchaseWish {
  tier: string;
  interval?: string;
  interval_count?: number;
  quantity?: number;
  add_ons?: AddOnWish[];
  currency?: string;
  trial_days?: number;
  coupon_code?: string;
  payment_method_id?: string | number;
  /** What the host keeps with the subscription; from service keys alone. */
  metadata?: SubscriptionMetadata;
  /** For the customer, while there is none. */
  email?: string;
}

/** What is bought at a price. */
export interface OrderLine {
  /** `price_…` */
  price: string;
  quantity: number;
}

/** A purchase whose every part was found to exist and to be the caller's. */
export interface PurchaseOrder {
  customer: StripeCustomer;
  /** What everything that comes of it carries at Stripe. */
  payer: PayerMetadata;
  /** What the host keeps with it. */
  metadata: SubscriptionMetadata;
  plan: Plan;
  /** Group of the plan: one subscription of it may live. */
  group: string;
  /** Its price, with those of its further seats and of the add-ons. */
  lines: readonly OrderLine[];
  /** ISO 4217 in lower case. */
  currency: string;
  /** That of who names none. */
  catalogueCurrency: string;
  trialDays: number | null;
  discount: Discount | null;
  paymentMethod: ResolvedPaymentMethod | null;
}

/** Checks a purchase before anything of it is written down: the 400s of POST /subscription and POST /checkout. */
@Injectable()
export class PurchaseOrders {
  constructor(
    private readonly config: AppConfig,
    private readonly plans: PlansService,
    private readonly coupons: CouponsService,
    private readonly customers: StripeCustomers,
    private readonly customerReader: CustomerReader,
    private readonly paymentMethods: CustomerPaymentMethods,
    private readonly payers: Payers,
  ) {}

  /**
   * @throws BillingError invalid_tier, invalid_interval, invalid_add_on, validation_failed (quantity, trial_days, email), email_required, invalid_coupon,
   * invalid_payment_method, invalid_currency, currency_fixed, plan_unavailable
   */
  async check(payer: Payer, wish: PurchaseWish): Promise<PurchaseOrder> {
    const plan = this.plans.catalogue.choose(wish.tier, wish.interval ?? null, wish.interval_count ?? null);
    const lines = this.linesOf(plan, wish);
    const trialDays = checkTrialDays(wish.trial_days ?? null, this.longestTrial(plan));
    const metadata = hostMetadata(payer, wish.metadata);
    const currencies = this.currenciesOf(plan, lines, wish.currency ?? null);
    const row = await this.customers.ensureRow(payer, wish.email);
    const price = await this.priceFor(plan, currencies, row, wish.currency ?? null);
    const discount = await this.resolveDiscount(price, wish.coupon_code, row.stripeCustomerId);
    const customer = await this.customers.ensure(payer, row);
    const paymentMethod =
      wish.payment_method_id === undefined || wish.payment_method_id === null
        ? null
        : await this.paymentMethods.resolve(customer, wish.payment_method_id);
    return {
      customer,
      payer: this.payers.metadataOf(payer),
      metadata,
      plan,
      group: this.plans.groupOf(plan),
      lines,
      currency: price.currency,
      catalogueCurrency: this.plans.priceOf(plan).currency,
      trialDays,
      discount,
      paymentMethod,
    };
  }

  private linesOf(plan: Plan, wish: PurchaseWish): OrderLine[] {
    const { catalogue } = this.plans;
    const known = catalogue.parsePlan(plan.tier);
    const units = unitsOf(known, wantedQuantity(known, wish.quantity ?? null));
    const addOns = wantedAddOns(catalogue, plan, wish.add_ons ?? []);
    return [
      { price: this.plans.priceOnSale(plan), quantity: units.plan },
      ...(units.seats === 0 ? [] : [{ price: this.plans.priceOnSale(plan, 'seat'), quantity: units.seats }]),
      ...addOns.map(({ tier, quantity }) => ({ price: this.plans.priceOnSale({ ...plan, tier }), quantity })),
    ];
  }

  private longestTrial({ tier }: Plan): number {
    return this.plans.catalogue.plans.get(tier)?.trialDays ?? this.config.env.TRIAL_DAYS;
  }

  /**
   * The currencies in which all that is bought together is sold. One that is named and is none of them is refused before
   * the payer gets a row.
   * @throws BillingError invalid_currency, stripe_unavailable
   */
  private currenciesOf(plan: Plan, lines: readonly OrderLine[], named: string | null): string[] {
    const currencies = [...this.plans.priceOf(plan).amounts.keys()].filter((code) =>
      lines.every((line) => this.plans.isSoldIn(line.price, code)),
    );
    if (named !== null && !currencies.includes(named.trim().toLowerCase())) throw invalidCurrency(named, currencies);
    return currencies;
  }

  /**
   * What the plan costs in the currency of the purchase.
   * @throws BillingError invalid_currency, currency_fixed, stripe_unavailable
   */
  private async priceFor(
    plan: Plan,
    currencies: readonly string[],
    row: Customer,
    named: string | null,
  ): Promise<PlanPrice> {
    const price = this.plans.priceOf(plan);
    const own = await this.customerReader.currencyOf(row);
    const { currency } = price;
    const chosen = chosenCurrency(named, own, { currency, currencies, plan: plan.tier });
    return priceIn(price, chosen) ?? price;
  }

  private async resolveDiscount(
    price: PlanPrice,
    code: string | undefined | null,
    customer: string | null,
  ): Promise<Discount | null> {
    if (code === undefined || code === null) return null;
    return this.coupons.resolve(code, price, customer);
  }
}
