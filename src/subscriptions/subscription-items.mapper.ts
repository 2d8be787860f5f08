import { type CataloguePlan } from '../catalogue/catalogue.js';
import { type AddOnChoice, quantityOfUnits } from '../catalogue/composition.js';
import { type PriceKnowledge } from '../catalogue/plan-of-price.js';
import { type AddOnChoiceDto } from './dto/add-on-choice.dto.js';
import { planIndexOf, referenceTo } from './plan-item.mapper.js';
import { type Subscription } from './subscription.entity.js';

/** An item of a subscription, of a pending update or of a schedule's phase. */
export interface AnyItem {
  price: string | { id: string; product?: string | { id: string }; recurring?: { usage_type?: string } | null };
  quantity?: number | undefined;
}

/** Items by what they pay for. */
export interface SortedItems<Item> {
  /** The plan's; undefined without items. */
  plan: Item | undefined;
  /** What the catalogue says of that plan; null for one of no plan. */
  sold: CataloguePlan | null;
  /** That of the seats past those that the plan holds. */
  seats: Item | undefined;
  addOns: { tier: string; item: Item }[];
  /** Of no plan, or left of another one: they stay as they are. */
  others: Item[];
}

/** Sorts the items of a subscription by what the catalogue says of their prices. */
export function sortItems<Item extends AnyItem>(
  items: readonly Item[],
  { findPlan, findSold }: PriceKnowledge,
): SortedItems<Item> {
  const prices = items.map(({ price }) => ({
    ...referenceTo(price),
    isMetered: typeof price !== 'string' && price.recurring?.usage_type === 'metered',
  }));
  const things = prices.map((price) => findSold(price));
  const place = planIndexOf(prices, findPlan);
  const plan = items[place];
  const found = things[place];
  const sold = found?.purpose === 'plan' && !found.plan.isAddOn ? found.plan : null;
  const sorted: SortedItems<Item> = { plan, sold, seats: undefined, addOns: [], others: [] };
  items.forEach((item, index) => {
    const thing = things[index];
    if (index === place) return;
    if (thing?.purpose === 'seat' && thing.plan === sold && sorted.seats === undefined) sorted.seats = item;
    else if (thing?.purpose === 'plan' && thing.plan.isAddOn) sorted.addOns.push({ tier: thing.plan.key, item });
    else sorted.others.push(item);
  });
  return sorted;
}

/** The number of seats in all; of a plan without seats the units of its item. */
export function quantityOf({ plan, sold, seats }: SortedItems<AnyItem>): number {
  return quantityOfUnits(sold, { plan: plan?.quantity ?? 1, seats: seats?.quantity ?? 0 });
}

/** The add-ons, each once, in the order of their keys. */
export function addOnsOf({ addOns }: SortedItems<AnyItem>): AddOnChoice[] {
  const quantities = new Map<string, number>();
  for (const { tier, item } of addOns) quantities.set(tier, (quantities.get(tier) ?? 0) + (item.quantity ?? 1));
  return [...quantities].map(([tier, quantity]) => ({ tier, quantity })).sort(byTier);
}

/** The same of a row. */
export function addOnsOfRow({ addOns }: Pick<Subscription, 'addOns'>): AddOnChoice[] {
  const known = (addOns ?? []).flatMap(({ plan, price, quantity }) =>
    plan === null || plan === undefined ? [] : [{ tier: plan, item: { price, quantity: quantity ?? 1 } }],
  );
  return addOnsOf({ plan: undefined, sold: null, seats: undefined, addOns: known, others: [] });
}

export function toAddOnChoiceDto({ tier, quantity }: AddOnChoice): AddOnChoiceDto {
  return { plan: tier, quantity };
}

function byTier(left: AddOnChoice, right: AddOnChoice): number {
  return left.tier < right.tier ? -1 : 1;
}

/** True when two lists name the same add-ons, as often each. */
export function isSameAddOns(one: readonly AddOnChoice[], other: readonly AddOnChoice[]): boolean {
  const text = (choices: readonly AddOnChoice[]) => JSON.stringify([...choices].sort(byTier));
  return text(one) === text(other);
}
