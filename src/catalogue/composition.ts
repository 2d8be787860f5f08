import { BillingError, validationFailed } from '../common/billing-error.js';
import { type Catalogue, type CataloguePlan, type Plan } from './catalogue.js';

/** An add-on that is wanted, or had. `tier`: its key in the catalogue. */
export interface AddOnChoice {
  tier: string;
  quantity: number;
}

/** What a caller asks for beside a plan, as sent. */
export interface AddOnWish {
  plan: string;
  quantity?: number;
}

/** How many seats the price of a plan is for by itself. */
function seatsHeld({ seats }: CataloguePlan): number {
  return seats?.areItems === true ? seats.included : 0;
}

/**
 * The number of seats that a caller wants of a plan; without one the fewest. Those that the plan's price holds are had anyway.
 * @throws BillingError validation_failed (quantity) out of the bounds of the plan's seats; for a plan without seats only 1 is within
 */
export function wantedQuantity(plan: CataloguePlan, asked: number | null): number {
  const min = plan.seats?.min ?? 1;
  const max = plan.seats === null ? 1 : plan.seats.max;
  const quantity = asked ?? min;
  const refuse = (message: string) => validationFailed([{ field: 'quantity', message }]);
  if (plan.seats === null && quantity !== 1) throw refuse(`quantity must be 1, since ${plan.key} has no seats`);
  if (quantity < min) throw refuse(`quantity must not be less than ${min}`);
  if (max !== null && quantity > max) throw refuse(`quantity must not be greater than ${max}`);
  return Math.max(quantity, seatsHeld(plan));
}

/**
 * The seats that stay with a change of plan that names none: as many as there are, but no fewer than the plan is sold with.
 * A plan without seats has one.
 */
export function carriedQuantity(from: CataloguePlan | null, to: CataloguePlan | null, quantity: number): number {
  if (to === null || from === to) return quantity;
  if (to.seats === null) return from === null || from.seats === null ? quantity : 1;
  return Math.max(quantity, to.seats.min, seatsHeld(to));
}

/**
 * The number of units of the plan's item and of the item of further seats, for a number of seats in all.
 * @param quantity for a plan without seats the units of its item
 */
export function unitsOf(plan: CataloguePlan | null, quantity: number): { plan: number; seats: number } {
  if (plan?.seats?.areItems !== true) return { plan: quantity, seats: 0 };
  return { plan: 1, seats: Math.max(0, quantity - plan.seats.included) };
}

/** The number of seats in all, of the units of the plan's item and of the item of further seats. */
export function quantityOfUnits(plan: CataloguePlan | null, units: { plan: number; seats: number }): number {
  return plan?.seats?.areItems === true ? plan.seats.included + units.seats : units.plan;
}

/**
 * The add-ons that a caller wants beside a plan.
 * @throws BillingError invalid_add_on for what is none of the plan's; invalid_interval without a price for the plan's interval
 */
export function wantedAddOns(catalogue: Catalogue, plan: Plan, asked: readonly AddOnWish[]): AddOnChoice[] {
  const choices = asked.map(({ plan: name, quantity }) => {
    const tier = name.trim().toLowerCase();
    if (catalogue.plans.get(tier)?.isAddOn !== true) throw invalid(name, 'It is no add-on');
    if (!goesWith(catalogue, tier, plan)) throw invalid(name, `It does not go with ${plan.tier}`);
    refuseWithoutPrice(catalogue, tier, plan);
    return { tier, quantity: quantity ?? 1 };
  });
  const twice = choices.find(({ tier }, place) => choices.findIndex((other) => other.tier === tier) < place);
  if (twice !== undefined) throw invalid(twice.tier, 'It is named twice; give its quantity instead');
  return choices;
}

/** Whether an add-on is sold beside a plan, whatever the interval. */
export function goesWith({ plans }: Catalogue, addOn: string, { tier }: Pick<Plan, 'tier'>): boolean {
  const { with: others = [] } = plans.get(addOn) ?? {};
  return others.length === 0 || others.includes(tier);
}

function refuseWithoutPrice(catalogue: Catalogue, tier: string, { interval, intervalCount }: Plan): void {
  if (catalogue.sells({ tier, interval, intervalCount })) return;
  const period = intervalCount === 1 ? interval : `${intervalCount} ${interval}`;
  throw new BillingError('invalid_interval', `No price ID configured for ${tier} ${period}`);
}

function invalid(name: string, why: string): BillingError {
  return new BillingError('invalid_add_on', `Invalid add-on: ${name}. ${why}`);
}
