import { addOns, type DrawnPlan, type DrawnPrice, groupOf, isSamePeriod, type Shop } from './shop.js';

/** What is had beside a plan. */
export interface AddOnHeld {
  plan: DrawnPlan;
  quantity: number;
}

/** What a subscription is made of. */
export interface Contract {
  plan: DrawnPlan;
  price: DrawnPrice;
  /** Seats in all. */
  quantity: number;
  addOns: readonly AddOnHeld[];
}

/** What a change asks for; null: as it is. */
export interface Wish {
  plan: DrawnPlan;
  price: DrawnPrice;
  quantity: number | null;
  addOns: readonly AddOnHeld[] | null;
}

/** What the plan and its seats cost for a period, in minor units of the shop's currency. */
export function planAmount({ plan, price, quantity }: Contract, { currency }: Shop): number {
  const { seats } = plan;
  const unit = price.amounts[currency] ?? 0;
  if (seats === null || seats.prices.length === 0) return unit * quantity;
  const seat = seats.prices.find((one) => isSamePeriod(one, price));
  return unit + Math.max(0, quantity - seats.included) * (seat?.amounts[currency] ?? 0);
}

export function addOnAmount({ plan, quantity }: AddOnHeld, { price }: Contract, { currency }: Shop): number {
  const found = plan.prices.find((one) => isSamePeriod(one, price));
  return quantity * (found?.amounts[currency] ?? 0);
}

/** What a period costs in all. */
export function amountOf(contract: Contract, shop: Shop): number {
  return contract.addOns.reduce((sum, addOn) => sum + addOnAmount(addOn, contract, shop), planAmount(contract, shop));
}

/** The fewest seats that a plan is sold with. */
export function fewestSeats({ seats }: DrawnPlan): number {
  if (seats === null) return 1;
  return Math.max(seats.min, seats.included);
}

/** The seats that a change leaves where it names none. */
export function carriedSeats({ plan: from, quantity }: Contract, to: DrawnPlan): number {
  if (from === to) return quantity;
  return to.seats === null ? 1 : Math.max(quantity, fewestSeats(to));
}

export function goesWith(addOn: DrawnPlan, plan: DrawnPlan): boolean {
  return addOn.with.length === 0 || addOn.with.includes(plan.key);
}

/** Whether a plan is sold with an add-on at a period. */
export function sellsBeside(addOn: DrawnPlan, plan: DrawnPlan, price: DrawnPrice): boolean {
  return goesWith(addOn, plan) && addOn.prices.some((one) => isSamePeriod(one, price));
}

export function addOnsFor(shop: Shop, plan: DrawnPlan, price: DrawnPrice): DrawnPlan[] {
  return addOns(shop).filter((addOn) => sellsBeside(addOn, plan, price));
}

/** What becomes of a contract by a change. */
export function changed(contract: Contract, { plan, price, quantity, addOns: named }: Wish): Contract {
  return {
    plan,
    price,
    quantity: quantity === null ? carriedSeats(contract, plan) : Math.max(quantity, fewestSeats(plan)),
    addOns: named ?? contract.addOns,
  };
}

/** A higher plan of the group, or the same one for longer, is had at once; all else at the end of the period. */
export function isUpgrade(from: Contract, to: Wish, shop: Shop): boolean {
  const step = rankOf(to.plan, shop) - rankOf(from.plan, shop);
  return step > 0 || (from.plan === to.plan && lengthOf(to.price) > lengthOf(from.price));
}

/** Its own rank, else what its cheapest price is a month. */
function rankOf({ rank, prices }: DrawnPlan, { currency }: Shop): number {
  if (rank !== null) return rank;
  return Math.min(...prices.map((price) => (price.amounts[currency] ?? 0) / lengthOf(price)));
}

/** In twelfths of a day, so that all are whole numbers: twelve months are a year. */
function lengthOf({ interval, count }: DrawnPrice): number {
  return count * { day: 12, week: 84, month: 365, year: 4380 }[interval];
}

/** The plans that one of a group can be changed to, with the prices of each. */
export function optionsOf(plans: readonly DrawnPlan[], group: string): { plan: DrawnPlan; price: DrawnPrice }[] {
  return plans
    .filter((plan) => groupOf(plan) === group)
    .flatMap((plan) => plan.prices.map((price) => ({ plan, price })));
}
