import { type CataloguePlan } from '../catalogue/catalogue.js';
import { type AddOnChoice, unitsOf } from '../catalogue/composition.js';
import { type AnyItem, type SortedItems } from './subscription-items.mapper.js';

/** What a subscription is to be made of, beside what is none of the catalogue. */
export interface Target {
  /** `price_…` of the plan. */
  price: string;
  /** Null for a price of no plan. */
  plan: CataloguePlan | null;
  /** Seats in all. */
  quantity: number;
  addOns: readonly AddOnChoice[];
}

/** An item that is to be. `item`: the one whose place it takes; null: a further one. */
export interface TargetLine<Item> {
  item: Item | null;
  price: string;
  quantity: number;
}

export interface TargetLines<Item> {
  lines: TargetLine<Item>[];
  removed: Item[];
}

/** The prices of what is sold beside a plan for its period; null where there is none. */
export interface PricesBeside {
  seats: () => string | null;
  addOn: (tier: string) => string | null;
}

/**
 * The items that make the target of what there is. A price is kept where neither plan nor period changes.
 * @param staysInPeriod the plan is paid as often as before
 */
export function targetLines<Item extends AnyItem>(
  present: SortedItems<Item>,
  target: Target,
  beside: PricesBeside,
  staysInPeriod: boolean,
): TargetLines<Item> {
  const units = unitsOf(target.plan, target.quantity);
  const lines: TargetLine<Item>[] = [{ item: present.plan ?? null, price: target.price, quantity: units.plan }];
  const removed: Item[] = [];
  const staysInPlan = present.plan !== undefined && priceIdOf(present.plan) === target.price;
  const seats = staysInPlan && present.seats !== undefined ? priceIdOf(present.seats) : beside.seats();
  if (units.seats > 0 && seats !== null)
    lines.push({ item: present.seats ?? null, price: seats, quantity: units.seats });
  else if (present.seats !== undefined) removed.push(present.seats);
  const left = [...present.addOns];
  for (const { tier, quantity } of target.addOns) {
    const place = left.findIndex((addOn) => addOn.tier === tier);
    const [had] = place < 0 ? [] : left.splice(place, 1);
    const own = had === undefined ? null : priceIdOf(had.item);
    const price = staysInPeriod && own !== null ? own : (beside.addOn(tier) ?? own);
    if (price !== null) lines.push({ item: had?.item ?? null, price, quantity });
  }
  removed.push(...left.map(({ item }) => item));
  return { lines, removed };
}

/** True when the lines are what there is. */
export function isUnchanged({ lines, removed }: TargetLines<AnyItem>): boolean {
  return removed.length === 0 && lines.every((line) => !isChanged(line));
}

export function isChanged({ item, price, quantity }: TargetLine<AnyItem>): boolean {
  return item === null || priceIdOf(item) !== price || (item.quantity ?? 1) !== quantity;
}

export function priceIdOf({ price }: AnyItem): string {
  return typeof price === 'string' ? price : price.id;
}
