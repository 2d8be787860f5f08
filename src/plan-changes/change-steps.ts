import { type AddOnChoice } from '../catalogue/composition.js';
import { isSameAddOns } from '../subscriptions/subscription-items.mapper.js';
import { type ScheduledState } from '../subscriptions/schedules/subscription-schedule.mapper.js';
import { type ChangeMoment } from './dto/update-subscription.dto.js';
import { type ChangeKind } from './plan-change.js';

/** What a subscription is made of, or is to be. */
export interface State {
  /** `price_…` of the plan. */
  price: string;
  /** Seats in all. */
  quantity: number;
  addOns: readonly AddOnChoice[];
}

/** What is asked for: null for what nobody named. */
export interface AskedParts {
  quantity: number | null;
  addOns: readonly AddOnChoice[] | null;
}

/** What is done now, and what waits for the end of the period. */
export interface ChangeSteps {
  /** What the subscription is made of from now on; that of before where nothing is done now. */
  now: State;
  kind: ImmediateKind;
  /** What it becomes at the end of the period; null: nothing more. */
  later: ScheduledState | null;
}

export type ImmediateKind = Exclude<ChangeKind, 'downgrade_at_period_end'>;

/** A change of plan: all that is asked for goes with it. */
export function stepsWithPlan(present: State, wanted: State, kind: ChangeKind, asked: AskedParts): ChangeSteps {
  if (kind !== 'downgrade_at_period_end') return { now: wanted, kind, later: null };
  return { now: present, kind: 'upgrade', later: { price: wanted.price, ...asked } };
}

/**
 * A change of seats and add-ons alone: more of them now, fewer at the end of the period, or all now where that was asked for.
 * @param waiting the change that waits already: what of it is not asked for anew stays
 */
export function stepsInPlan(
  present: State,
  wanted: State,
  { quantity, addOns }: AskedParts,
  how: { isTrial: boolean; when: ChangeMoment },
  waiting: ScheduledState | null,
): ChangeSteps {
  const all = how.isTrial || how.when === 'now';
  const most: State = {
    price: present.price,
    quantity: Math.max(present.quantity, wanted.quantity),
    addOns: mostOf(present.addOns, wanted.addOns),
  };
  const now = all ? wanted : most;
  const later: ScheduledState = {
    price: waiting?.price ?? present.price,
    quantity:
      quantity === null ? (waiting?.quantity ?? null) : wanted.quantity === now.quantity ? null : wanted.quantity,
    addOns:
      addOns === null ? (waiting?.addOns ?? null) : isSameAddOns(wanted.addOns, now.addOns) ? null : wanted.addOns,
  };
  const waits = later.price !== present.price || later.quantity !== null || later.addOns !== null;
  const isMore = most.quantity > present.quantity || !isSameAddOns(most.addOns, present.addOns);
  const kind = how.isTrial ? 'in_trial' : isMore ? 'upgrade' : 'downgrade_now';
  return { now, kind, later: waits ? later : null };
}

function mostOf(one: readonly AddOnChoice[], other: readonly AddOnChoice[]): AddOnChoice[] {
  const quantities = new Map(one.map(({ tier, quantity }) => [tier, quantity]));
  for (const { tier, quantity } of other) quantities.set(tier, Math.max(quantity, quantities.get(tier) ?? 0));
  return [...quantities].map(([tier, quantity]) => ({ tier, quantity }));
}

export function isSameScheduled(one: ScheduledState | null, other: ScheduledState | null): boolean {
  if (one === null || other === null) return one === other;
  const same = (left: readonly AddOnChoice[] | null, right: readonly AddOnChoice[] | null) =>
    left === null || right === null ? left === right : isSameAddOns(left, right);
  return one.price === other.price && one.quantity === other.quantity && same(one.addOns, other.addOns);
}
