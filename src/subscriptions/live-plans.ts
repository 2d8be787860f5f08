import { Injectable } from '@nestjs/common';
import { PlansService } from '../catalogue/plans.service.js';
import { referenceTo } from './plan-item.mapper.js';
import { type StripeSubscription, SubscriptionGateway } from './subscription.gateway.js';

/** What is sold: a price, or what an item or a line of Stripe's has in its place. */
interface Sold {
  price: string | { id: string; product?: string | { id: string } } | null;
}

/** What of a customer's subscriptions and sessions at Stripe is of a plan of the catalogue. */
@Injectable()
export class LivePlans {
  constructor(
    private readonly gateway: SubscriptionGateway,
    private readonly plans: PlansService,
  ) {}

  /** The customer's live subscriptions of plans of a group, newest first. */
  async list(stripeCustomerId: string, group: string): Promise<StripeSubscription[]> {
    const live = await this.gateway.listLive(stripeCustomerId);
    const hasPlan = await Promise.all(live.map(({ items }) => this.hasPlan(items.data, group)));
    return live.filter((_subscription, place) => hasPlan[place]);
  }

  /** True when one of these is a price of a plan of the group. */
  async hasPlan(sold: readonly Sold[], group: string): Promise<boolean> {
    const prices = sold.flatMap(({ price }) => (price === null ? [] : [referenceTo(price)]));
    await this.plans.know(prices);
    return prices.some((price) => this.plans.findPlan(price)?.group === group);
  }
}
