import { type AddOnChoice, type Plan, type PlanPrice } from 'stripe-billing-client';
import { isSamePeriod, type Period } from '../../data/subscription-rules.js';
import { amountOf } from './prices.js';

/** An add-on, and its price for a period. */
export interface OfferedAddOn {
  addOn: Plan;
  price: PlanPrice;
}

/** A line of what an order costs for one period. */
export interface OrderLine {
  kind: 'plan' | 'per-seat' | 'seats' | 'add-on';
  name: string;
  quantity: number;
  amount: number;
}

/** The add-ons that go with a plan and are paid as often. */
export function addOnsFor(plans: readonly Plan[], tier: string, period: Period): OfferedAddOn[] {
  return plans.flatMap((addOn) => {
    const price = addOn.prices.find((one) => isSamePeriod(one, period));
    const goesWith = addOn.with.length === 0 || addOn.with.includes(tier);
    return addOn.addOn && goesWith && price !== undefined ? [{ addOn, price }] : [];
  });
}

/** As many seats as a plan can have, nearest to a number; undefined for a plan without seats. */
export function seatsWithin({ seats }: Plan, quantity: number): number | undefined {
  if (seats === undefined) return undefined;
  return Math.min(Math.max(quantity, seats.min, seats.included), seats.max ?? Infinity);
}

/** What an order costs for one period, line by line. */
export function linesOf(
  order: { plan: Plan; price: PlanPrice; quantity: number | undefined; addOns: readonly AddOnChoice[] },
  offered: readonly OfferedAddOn[],
  currency?: string,
): OrderLine[] {
  const { plan, price, quantity = 1, addOns } = order;
  const unit = amountOf(price, currency).amount;
  const further = plan.seats?.prices.find((one) => isSamePeriod(one, price));
  const seats = further === undefined ? 0 : Math.max(0, quantity - (plan.seats?.included ?? 0));
  const isPerSeat = plan.seats !== undefined && further === undefined;
  return [
    isPerSeat
      ? { kind: 'per-seat', name: plan.name, quantity, amount: unit * quantity }
      : { kind: 'plan', name: plan.name, quantity: 1, amount: unit },
    ...(further === undefined || seats === 0
      ? []
      : [
          {
            kind: 'seats' as const,
            name: plan.name,
            quantity: seats,
            amount: amountOf(further, currency).amount * seats,
          },
        ]),
    ...addOns.flatMap((choice) => {
      const found = offered.find(({ addOn }) => addOn.tier === choice.plan);
      if (found === undefined) return [];
      const amount = amountOf(found.price, currency).amount * choice.quantity;
      return [{ kind: 'add-on' as const, name: found.addOn.name, quantity: choice.quantity, amount }];
    }),
  ];
}

export function totalOf(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}
