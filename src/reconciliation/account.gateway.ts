import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { type StripeAnswer, StripeClient } from '../stripe/stripe-client.js';

/** The kinds of objects that are listed for a whole account. Payment methods are only listed customer by customer. */
export type ListedKind =
  | 'coupons'
  | 'promotion_codes'
  | 'customers'
  | 'subscriptions'
  | 'subscription_schedules'
  | 'invoices'
  | 'payment_intents'
  | 'refunds';

/** The kinds that can be listed for one customer. */
export type OwnedKind =
  Extract<ListedKind, 'subscriptions' | 'subscription_schedules' | 'invoices' | 'payment_intents'> | 'payment_methods';

/** Some objects of a list, newest first, as the projections take them in. */
export interface AccountPage {
  answers: StripeAnswer<{ id: string }>[];
  /** Id of the last object, where the next page begins; null: this was the last page. */
  next: string | null;
}

interface PageRequest {
  limit: number;
  /** Only objects of this customer; only for an OwnedKind. */
  customer?: string;
  starting_after?: string;
}
type Options = Stripe.RequestOptions;
type List = Promise<Stripe.ApiList<{ id: string }>>;

const PAGE_SIZE = 100;

/** Each list with what the rows need of an object. */
const LISTS: Record<ListedKind, (stripe: Stripe, page: PageRequest, options: Options) => List> = {
  coupons: (stripe, page, options) => stripe.coupons.list(page, options),
  promotion_codes: (stripe, page, options) => stripe.promotionCodes.list(page, options),
  customers: (stripe, page, options) => stripe.customers.list(page, options),
  subscriptions: (stripe, page, options) =>
    stripe.subscriptions.list({ ...page, status: 'all', expand: ['data.discounts'] }, options),
  subscription_schedules: (stripe, page, options) => stripe.subscriptionSchedules.list(page, options),
  invoices: (stripe, page, options) => stripe.invoices.list(page, options),
  payment_intents: (stripe, page, options) =>
    stripe.paymentIntents.list({ ...page, expand: ['data.latest_charge'] }, options),
  refunds: (stripe, page, options) => stripe.refunds.list(page, options),
};

/** Reads what a Stripe account holds, list by list. */
@Injectable()
export class AccountGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** @param after id of the last object of the page before; null begins */
  page(kind: ListedKind, after: string | null): Promise<AccountPage> {
    return this.read((stripe, options) => LISTS[kind](stripe, pageAfter(after), options));
  }

  /** The same of one customer alone. */
  pageOf(kind: OwnedKind, customer: string, after: string | null): Promise<AccountPage> {
    if (kind === 'payment_methods') return this.paymentMethodsOf(customer, after);
    return this.read((stripe, options) => LISTS[kind](stripe, { ...pageAfter(after), customer }, options));
  }

  /** Payment methods of every type that are attached to a customer. */
  paymentMethodsOf(stripeCustomerId: string, after: string | null): Promise<AccountPage> {
    return this.read((stripe, options) =>
      stripe.customers.listPaymentMethods(stripeCustomerId, pageAfter(after), options),
    );
  }

  private async read(call: (stripe: Stripe, options: Options) => List): Promise<AccountPage> {
    const { object: list, ...answer } = await this.stripe.read(call);
    return {
      answers: list.data.map((object) => ({ ...answer, object })),
      next: list.has_more ? (list.data.at(-1)?.id ?? null) : null,
    };
  }
}

function pageAfter(after: string | null): PageRequest {
  return { limit: PAGE_SIZE, ...(after === null ? {} : { starting_after: after }) };
}
