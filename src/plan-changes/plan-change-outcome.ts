import { type AddOnChoice } from '../catalogue/composition.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { idOf } from '../stripe/values.js';
import { priceIdOf } from '../subscriptions/target-lines.js';
import { type ImmediateChange } from './plan-change.mapper.js';
import { type HeldUpState, type ScheduledState } from '../subscriptions/schedules/subscription-schedule.mapper.js';
import { type SchedulePhases } from '../subscriptions/schedules/subscription-schedule.gateway.js';
import { type StripeSubscription } from '../subscriptions/subscription.gateway.js';

/** What a change puts aside, to be put back when it fails. */
export interface BeforeChange {
  schedule_id: string | null;
  /** Price of a scheduled change of ours. */
  scheduled_price: string | null;
  /** What that change asks for beside the plan; null, or absent in what the release before wrote: it is carried along. */
  scheduled_quantity?: number | null;
  scheduled_add_ons?: readonly AddOnChoice[] | null;
  /** What waits in a schedule that somebody else made. */
  foreign_phases?: SchedulePhases | null;
  own_payment_method: string | null;
}

/** What is to wait for the end of the period beside a change, whatever becomes of that one. */
export function heldUp(state: ScheduledState, before: BeforeChange): HeldUpState {
  const { scheduled_price: price, scheduled_quantity: quantity, scheduled_add_ons: addOns } = before;
  return {
    state,
    before: price === null ? null : { price, quantity: quantity ?? null, addOns: addOns ?? null },
    phases: before.foreign_phases ?? null,
  };
}

/** The change took effect, or waits for its payment. */
export function isMade({ items, pending_update: pending }: StripeSubscription, request: ChangeRequest): boolean {
  return pending !== null || hasItems(items, request);
}

/** What was asked of Stripe: the price of the plan, and all items where the change is of more than the plan. */
export interface ChangeRequest {
  price?: unknown;
  items?: unknown;
  gone?: unknown;
}

/** True once the subscription has what was asked for, on whichever items, and nothing of what was to go. */
export function hasItems(
  { data }: StripeSubscription['items'],
  { price: planPrice, items, gone }: ChangeRequest,
): boolean {
  if (!Array.isArray(items)) return data.some(({ price }) => price.id === planPrice);
  const wanted = items as [string, number][];
  const left = new Set(Array.isArray(gone) ? (gone as string[]) : []);
  const has = ([id, quantity]: [string, number]) =>
    data.some(({ price, quantity: units = 1 }) => price.id === id && units === quantity);
  return wanted.every(has) && !data.some(({ price }) => left.has(price.id));
}

/** What is written down of a change. A change of the plan alone is its price. */
export function requestOf({
  priceId,
  target: { lines, removed },
}: Pick<ImmediateChange, 'priceId' | 'target'>): ChangeRequest {
  const [plan, ...others] = lines;
  const isPlanAlone = others.length === 0 && removed.length === 0 && (plan?.item?.quantity ?? 1) === plan?.quantity;
  if (isPlanAlone) return { price: priceId };
  const kept = new Set(lines.map(({ price }) => price));
  return {
    price: priceId,
    items: lines.map(({ price, quantity }) => [price, quantity]),
    gone: removed.map((item) => priceIdOf(item)).filter((price) => !kept.has(price)),
  };
}

/** Whether what was written down is what is asked for. */
export function isSameRequest(written: ChangeRequest, asked: ChangeRequest): boolean {
  const isSamePlan = written.price === asked.price;
  return isSamePlan && (written.items === undefined || JSON.stringify(written.items) === JSON.stringify(asked.items));
}

/** The card that the change attached: the subscription's own by now, or known by the step that attached it. */
export function newCardOf(operation: StripeOperation, before: BeforeChange, subscription: StripeSubscription): unknown {
  if (operation.steps.attach === undefined) return null;
  const own = idOf(subscription.default_payment_method);
  return own === null || own === before.own_payment_method ? operation.steps.attach.payment_method : own;
}
