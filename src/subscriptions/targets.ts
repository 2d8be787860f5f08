import { Injectable } from '@nestjs/common';
import { type Plan } from '../catalogue/catalogue.js';
import { carriedQuantity } from '../catalogue/composition.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type NextPlan, type ScheduledState } from './schedules/subscription-schedule.mapper.js';
import { type StripeSubscription } from './subscription.gateway.js';
import { toInterval } from './subscription.mapper.js';
import { addOnsOf, type AnyItem, quantityOf, sortItems, type SortedItems } from './subscription-items.mapper.js';
import { priceIdOf, type PricesBeside, type Target, targetLines, type TargetLines } from './target-lines.js';

/** Finds the items and the prices that make what a subscription is to become. */
@Injectable()
export class Targets {
  constructor(private readonly plans: PlansService) {}

  /** The items of a subscription by what they pay for. */
  async sort<Item extends AnyItem & { price: { id: string; product?: string | { id: string } } }>(
    items: readonly Item[],
  ): Promise<SortedItems<Item>> {
    await this.plans.know(
      items.map(({ price }) => ({
        id: price.id,
        product: typeof price.product === 'string' ? price.product : (price.product?.id ?? null),
      })),
    );
    return sortItems(items, this.plans);
  }

  /** What a subscription becomes by a change that waits. */
  async next({ items }: Pick<StripeSubscription, 'items'>, state: ScheduledState): Promise<NextPlan> {
    await this.plans.know([{ id: state.price, product: null }]);
    const present = await this.sort(items.data);
    const thing = this.plans.findSold({ id: state.price, product: null });
    const plan = thing?.purpose === 'plan' ? thing.plan : null;
    const target: Target = {
      price: state.price,
      plan,
      quantity: state.quantity ?? carriedQuantity(present.sold, plan, quantityOf(present)),
      addOns: state.addOns ?? addOnsOf(present),
    };
    const period = this.plans.periodOf(state.price);
    const interval = toInterval(period?.interval);
    const intervalCount = period?.intervalCount ?? 1;
    return { ...this.lines(present, target, { interval, intervalCount }, false), interval, intervalCount };
  }

  /**
   * The items that make a target.
   * @param period of the target's plan
   * @param isNew whether further items must be on sale
   * @throws BillingError plan_unavailable for an archived price of a further item
   */
  lines<Item extends AnyItem>(
    present: SortedItems<Item>,
    target: Target,
    { interval, intervalCount }: Pick<Plan, 'interval' | 'intervalCount'>,
    isNew: boolean,
  ): TargetLines<Item> {
    const priceOf = (tier: string, purpose: 'plan' | 'seat'): string | null => {
      const wanted = { tier, interval, intervalCount };
      if (!this.plans.catalogue.sells(wanted)) return null;
      return isNew ? this.plans.priceOnSale(wanted, purpose) : this.plans.priceIdOf(wanted, purpose);
    };
    const { plan } = target;
    const beside: PricesBeside = {
      seats: () => (plan?.seats?.areItems === true ? priceOf(plan.key, 'seat') : null),
      addOn: (tier) => priceOf(tier, 'plan'),
    };
    return targetLines(present, target, beside, this.hasPeriod(present.plan, { interval, intervalCount }));
  }

  private hasPeriod(item: AnyItem | undefined, { interval, intervalCount }: Pick<Plan, 'interval' | 'intervalCount'>) {
    const period = item === undefined ? null : this.plans.periodOf(priceIdOf(item));
    return period?.interval === interval && period.intervalCount === intervalCount;
  }
}
