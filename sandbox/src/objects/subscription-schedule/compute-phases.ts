import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { type BillingInterval, addIntervals } from '../../rules/billing-cycle.js';
import { coupons } from '../coupon/coupon-type.js';
import { customers } from '../customer/customer-type.js';
import { requireMethodOf } from '../payment-method/payment-method-type.js';
import { promotionCodes } from '../promotion-code/promotion-code-type.js';
import { otherCurrency, priceIn } from '../price/price-in-currency.js';
import { priceOf } from '../subscription-item/compute-item.js';
import { earliestPeriodEnd } from '../subscription-item/item-periods.js';
import { type Subscription } from '../subscription/subscription-type.js';
import { type PhaseParameters } from './subscription-schedule-parameters.js';
import { type SchedulePhase } from './subscription-schedule-type.js';

function phaseItems(context: Context, sent: PhaseParameters, currency: string, param: string): SchedulePhase['items'] {
  if (sent.items.length === 0)
    throw invalidRequest(`A phase must have at least one item.`, { param: `${param}[items]` });
  return sent.items.map((entry, position) => {
    const price = priceOf(context, entry, `${param}[items][${position}]`);
    if (priceIn(context, price, currency) === undefined) throw otherCurrency(price.currency, currency, param);
    const metered = price.recurring?.usage_type === 'metered';
    return {
      billing_thresholds: null,
      discounts: [],
      metadata: mergeMetadata({}, entry.metadata),
      plan: price.id,
      price: price.id,
      ...(metered ? {} : { quantity: entry.quantity ?? 1 }),
      tax_rates: [],
    };
  });
}

function phaseDiscounts(context: Context, sent: PhaseParameters, param: string): SchedulePhase['discounts'] {
  return (sent.discounts ?? []).map((entry, position) => {
    const name = `${param}[discounts][${position}]`;
    if (entry.coupon !== undefined) context.objects(coupons).require(entry.coupon, `${name}[coupon]`);
    if (entry.promotion_code !== undefined) {
      context.objects(promotionCodes).require(entry.promotion_code, `${name}[promotion_code]`);
    }
    return {
      coupon: entry.coupon ?? null,
      discount: entry.discount ?? null,
      promotion_code: entry.promotion_code ?? null,
    };
  });
}

function endOf(context: Context, sent: PhaseParameters, start: number, param: string): number {
  if ([sent.end_date, sent.duration, sent.iterations].filter((value) => value !== undefined).length > 1) {
    throw invalidRequest('You may only specify one of these parameters: end_date, duration.', { param });
  }
  if (sent.iterations !== undefined) {
    const { recurring } = priceOf(context, sent.items[0] ?? {}, `${param}[items][0]`);
    if (recurring) {
      const cadence = { interval: recurring.interval as BillingInterval, interval_count: recurring.interval_count };
      return addIntervals(start, cadence, sent.iterations);
    }
  }
  if (sent.end_date === 'now') return context.now();
  if (sent.end_date !== undefined) return sent.end_date;
  if (sent.duration !== undefined) {
    return addIntervals(start, { ...sent.duration, interval_count: sent.duration.interval_count ?? 1 }, 1);
  }
  throw invalidRequest('A phase must have an `end_date` or a `duration`.', {
    code: 'parameter_missing',
    param: `${param}[end_date]`,
  });
}

function trialOf(context: Context, sent: PhaseParameters, end: number): number | null {
  if (sent.trial === true) return end;
  return sent.trial_end === 'now' ? context.now() : (sent.trial_end ?? null);
}

/** One phase of a request, from `start`. */
function phase(context: Context, customer: string, sent: PhaseParameters, start: number, param: string): SchedulePhase {
  if (sent.default_payment_method !== undefined) {
    requireMethodOf(context, customer, sent.default_payment_method, `${param}[default_payment_method]`);
  }
  const currency =
    sent.currency ??
    context.objects(customers).get(customer)?.currency ??
    priceOf(context, sent.items[0] ?? {}, param).currency;
  const items = phaseItems(context, sent, currency, param);
  const end = endOf(context, sent, start, param);
  if (end < start) throw invalidRequest('The end date of a phase must be after its start date.', { param });
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: sent.billing_cycle_anchor ?? null,
    billing_thresholds: null,
    collection_method: sent.collection_method ?? null,
    currency,
    default_payment_method: sent.default_payment_method ?? null,
    default_tax_rates: [],
    description: sent.description ?? null,
    discounts: phaseDiscounts(context, sent, param),
    end_date: end,
    invoice_settings:
      sent.invoice_settings === undefined
        ? null
        : {
            account_tax_ids: null,
            custom_fields: null,
            days_until_due: sent.invoice_settings.days_until_due ?? null,
            description: null,
            footer: null,
            issuer: null,
          },
    items,
    metadata: mergeMetadata({}, sent.metadata),
    on_behalf_of: null,
    proration_behavior: sent.proration_behavior ?? 'create_prorations',
    start_date: start,
    transfer_data: null,
    trial_end: trialOf(context, sent, end),
  };
}

/** The phases of a request, each from where the one before ends; the first from `start`. */
export function computePhases(
  context: Context,
  customer: string,
  sent: readonly PhaseParameters[],
  start: number,
): SchedulePhase[] {
  const phases: SchedulePhase[] = [];
  sent.forEach((entry, position) => {
    const begins = phases.at(-1)?.end_date ?? start;
    const given = entry.start_date === 'now' ? context.now() : entry.start_date;
    if (position > 0 && given !== undefined && given !== begins) {
      throw invalidRequest('The start date of a phase must be the end date of the one before.', {
        param: `phases[${position}][start_date]`,
      });
    }
    phases.push(phase(context, customer, entry, begins, `phases[${position}]`));
  });
  return phases;
}

/** The phase that a running subscription is in: its current period as it is. */
export function phaseOf(subscription: Subscription): SchedulePhase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: subscription.currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: subscription.discounts.map((discount) => ({ coupon: null, discount, promotion_code: null })),
    end_date: earliestPeriodEnd(subscription),
    invoice_settings: null,
    items: subscription.items.data.map((item) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: item.metadata,
      plan: item.price.id,
      price: item.price.id,
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      tax_rates: [],
    })),
    metadata: {},
    on_behalf_of: null,
    proration_behavior: 'create_prorations',
    start_date: Math.min(...subscription.items.data.map((item) => item.current_period_start)),
    transfer_data: null,
    trial_end: subscription.status === 'trialing' ? subscription.trial_end : null,
  };
}
