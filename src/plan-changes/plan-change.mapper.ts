import type Stripe from 'stripe';
import { BillingError } from '../common/billing-error.js';
import { type ResolvedPaymentMethod } from '../payment-methods/customer-payment-methods.js';
import { type AnyItem } from '../subscriptions/subscription-items.mapper.js';
import { type ScheduledState } from '../subscriptions/schedules/subscription-schedule.mapper.js';
import { isChanged, type TargetLines } from '../subscriptions/target-lines.js';
import { type ImmediateKind } from './change-steps.js';

/** An item of a subscription, as far as a change needs it. */
export type ChangedItem = AnyItem & { id: string | null };

/** A change of plan, seats or add-ons that takes effect at once. */
export interface ImmediateChange {
  kind: ImmediateKind;
  /** `price_…` of the plan from then on. */
  priceId: string;
  target: TargetLines<ChangedItem>;
  /** The plan is paid at another interval from then on. */
  changesPeriod: boolean;
  card: ResolvedPaymentMethod | null;
  /** The difference is billed with the next invoice, since Stripe makes no more for the subscription today. */
  waitsForInvoice: boolean;
  /** What waits for the end of the period from then on. */
  later: ScheduledState | null;
}

/**
 * Stripe's parameters of the change. An upgrade is invoiced and charged now, and waits as a pending update when that
 * fails; a downgrade now leaves a credit; in a trial nothing is charged and the trial stays.
 * @throws BillingError subscription_state for a subscription without an item
 */
export function toUpdateParams({
  kind,
  target,
  changesPeriod,
  waitsForInvoice,
}: Omit<ImmediateChange, 'card' | 'priceId' | 'later'>): Stripe.SubscriptionUpdateParams {
  const items = itemsOf(target);
  if (kind === 'in_trial') return { items, proration_behavior: 'none' };
  if (waitsForInvoice) return { items, proration_behavior: 'create_prorations' };
  return {
    items,
    proration_behavior: 'always_invoice',
    ...(kind === 'upgrade' ? { payment_behavior: 'pending_if_incomplete' } : {}),
    ...(changesPeriod ? { billing_cycle_anchor: { type: 'now' } } : {}),
  };
}

function itemsOf({ lines, removed }: TargetLines<ChangedItem>): Stripe.SubscriptionUpdateParams.Item[] {
  const [plan, ...others] = lines;
  if (plan === undefined || plan.item === null) throw new BillingError('subscription_state');
  return [
    ...[plan, ...others.filter(isChanged)].map(({ item, price, quantity }) => ({
      ...(item === null ? {} : { id: idOf(item) }),
      price,
      quantity,
    })),
    ...removed.map((item) => ({ id: idOf(item), deleted: true })),
  ];
}

function idOf({ id }: ChangedItem): string {
  if (id === null) throw new BillingError('subscription_state');
  return id;
}
