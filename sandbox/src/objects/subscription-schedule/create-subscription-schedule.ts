import { invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { requireCustomer } from '../customer/customer-type.js';
import { keepCurrency } from '../customer/keep-currency.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { computeSubscriptionInvoice } from '../invoice/compute-subscription-invoice.js';
import { createInvoice } from '../invoice/create-invoice.js';
import { requireMethodOf } from '../payment-method/payment-method-type.js';
import { billedBy } from '../subscription/bill-subscription.js';
import { periodCharges, trialCharges } from '../subscription/compute-period-charges.js';
import { computeSubscription } from '../subscription/compute-subscription.js';
import { saveSubscription, storeSubscription } from '../subscription/save-subscription.js';
import { type Subscription, isTerminal, subscriptions, withState } from '../subscription/subscription-type.js';
import { phaseOf, computePhases } from './compute-phases.js';
import { type DefaultSettings, type ScheduleCreateParameters } from './subscription-schedule-parameters.js';
import { type SchedulePhase, type SubscriptionSchedule, subscriptionSchedules } from './subscription-schedule-type.js';

/** Due when a schedule begins. */
export const SCHEDULE_DUE = 'subscription_schedule.start';

type Settings = SubscriptionSchedule['default_settings'];

const DEFAULTS: Settings = {
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor: 'automatic',
  billing_thresholds: null,
  collection_method: 'charge_automatically',
  default_payment_method: null,
  description: null,
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    days_until_due: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  on_behalf_of: null,
  transfer_data: null,
};

/** The default settings with those of a request. */
export function withDefaults(
  context: Context,
  customer: string,
  current: Settings,
  sent: DefaultSettings | undefined,
): Settings {
  if (sent === undefined) return current;
  if (sent.default_payment_method !== undefined) {
    requireMethodOf(context, customer, sent.default_payment_method, 'default_settings[default_payment_method]');
  }
  return {
    ...current,
    billing_cycle_anchor: sent.billing_cycle_anchor ?? current.billing_cycle_anchor,
    collection_method: sent.collection_method ?? current.collection_method,
    default_payment_method: sent.default_payment_method ?? current.default_payment_method,
    description: sent.description === undefined ? current.description : sent.description,
    invoice_settings: {
      ...current.invoice_settings,
      days_until_due: sent.invoice_settings?.days_until_due ?? current.invoice_settings.days_until_due,
    },
  };
}

function newSchedule(
  context: Context,
  sent: ScheduleCreateParameters,
  given: Pick<
    SubscriptionSchedule,
    'customer' | 'phases' | 'status' | 'subscription' | 'test_clock' | 'default_settings'
  >,
): SubscriptionSchedule {
  const [first] = given.phases;
  const active = given.status === 'active' && first !== undefined;
  return context.objects(subscriptionSchedules).insert({
    ...given,
    id: context.newId('sub_sched'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' } },
    canceled_at: null,
    completed_at: null,
    created: context.now(),
    current_phase: active ? { start_date: first.start_date, end_date: first.end_date } : null,
    customer_account: null,
    end_behavior: sent.end_behavior ?? 'release',
    livemode: false,
    metadata: mergeMetadata({}, sent.metadata),
    pause_schedules: [],
    released_at: null,
    released_subscription: null,
  });
}

/** Puts a running subscription under a schedule whose only phase is its current period. */
function fromSubscription(context: Context, id: string, sent: ScheduleCreateParameters): SubscriptionSchedule {
  if (sent.phases !== undefined || sent.customer !== undefined || sent.start_date !== undefined) {
    throw invalidRequest('You cannot set `customer`, `phases` or `start_date` together with `from_subscription`.', {
      param: 'from_subscription',
    });
  }
  const subscription = context.objects(subscriptions).require(id, 'from_subscription');
  context.useTestClock(subscription.test_clock);
  if (isTerminal(subscription) || subscription.status === 'incomplete') {
    throw invalidRequest('You cannot migrate a subscription that is not running.', { param: 'from_subscription' });
  }
  if (subscription.schedule !== null) {
    throw invalidRequest(
      `You cannot migrate a subscription that is already attached to a schedule: ${subscription.schedule}`,
      { param: 'from_subscription' },
    );
  }
  const schedule = newSchedule(context, sent, {
    customer: subscription.customer,
    default_settings: {
      ...DEFAULTS,
      collection_method: subscription.collection_method,
      default_payment_method: subscription.default_payment_method,
    },
    phases: [phaseOf(subscription)],
    status: 'active',
    subscription: subscription.id,
    test_clock: subscription.test_clock,
  });
  context.emit('subscription_schedule.created', schedule);
  saveSubscription(context, subscription, { ...subscription, schedule: schedule.id });
  return schedule;
}

/** Creates a schedule: of a running subscription, or one that will create its own subscription when it starts. */
export function createSchedule(context: Context, sent: ScheduleCreateParameters): SubscriptionSchedule {
  if (sent.from_subscription !== undefined) return fromSubscription(context, sent.from_subscription, sent);
  if (sent.customer === undefined || sent.phases === undefined || sent.phases.length === 0) {
    const param = sent.customer === undefined ? 'customer' : 'phases';
    throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  const customer = requireCustomer(context, sent.customer);
  const now = context.now();
  const start = sent.start_date === undefined || sent.start_date === 'now' ? now : sent.start_date;
  if (start < now) throw invalidRequest('The sandbox cannot backdate a schedule.', { param: 'start_date' });
  const schedule = newSchedule(context, sent, {
    customer: customer.id,
    default_settings: withDefaults(context, customer.id, DEFAULTS, sent.default_settings),
    phases: computePhases(context, customer.id, sent.phases, start),
    status: 'not_started',
    subscription: null,
    test_clock: customer.test_clock ?? null,
  });
  context.emit('subscription_schedule.created', schedule);
  if (start <= now) return startSchedule(context, schedule);
  context.setDue(SCHEDULE_DUE, schedule.id, start);
  return schedule;
}

/** The parameters that the first phase and the defaults stand for. */
function firstParameters(schedule: SubscriptionSchedule, phase: SchedulePhase) {
  const { default_settings: defaults } = schedule;
  const method = phase.default_payment_method ?? defaults.default_payment_method;
  const collects = (phase.collection_method ?? defaults.collection_method) === 'send_invoice';
  const days = phase.invoice_settings?.days_until_due ?? defaults.invoice_settings.days_until_due;
  return {
    items: phase.items.map((item) => ({
      price: item.price,
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      metadata: item.metadata ?? {},
    })),
    collection_method: collects ? ('send_invoice' as const) : ('charge_automatically' as const),
    discounts: phase.discounts.map((entry) => ({
      ...(entry.coupon === null ? {} : { coupon: entry.coupon }),
      ...(entry.promotion_code === null ? {} : { promotion_code: entry.promotion_code }),
    })),
    currency: phase.currency,
    metadata: phase.metadata ?? {},
    ...(method === null ? {} : { default_payment_method: method }),
    ...(collects && days !== null ? { days_until_due: days } : {}),
    ...(phase.trial_end === null ? {} : { trial_end: phase.trial_end }),
  };
}

function draftFirstInvoice(context: Context, subscription: Subscription): Subscription {
  const { data } = subscription.items;
  const charges =
    subscription.status === 'trialing'
      ? trialCharges(context, data)
      : periodCharges(context, data, subscription.billing_cycle_anchor, subscription.currency);
  const invoice = createInvoice(
    context,
    computeSubscriptionInvoice(context, {
      customer: requireCustomer(context, subscription.customer),
      subscription,
      billingReason: 'subscription_create',
      charges,
      period: { start: context.now(), end: context.now() },
    }),
  );
  return withState(billedBy(context, subscription, invoice), { first_invoice: invoice.id });
}

/** Starts a schedule: creates its subscription, whose first invoice begins as a draft. */
export function startSchedule(context: Context, schedule: SubscriptionSchedule): SubscriptionSchedule {
  const [phase] = schedule.phases;
  if (schedule.status !== 'not_started' || phase === undefined) return schedule;
  const customer = requireCustomer(context, schedule.customer);
  const computed = computeSubscription(context, customer, firstParameters(schedule, phase));
  keepCurrency(context, customer, computed.subscription.currency);
  redeemDiscounts(context, computed.discounts);
  const subscription = draftFirstInvoice(context, { ...computed.subscription, schedule: schedule.id });
  const started = context.objects(subscriptionSchedules).update(schedule.id, {
    current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    status: 'active',
    subscription: subscription.id,
  });
  storeSubscription(context, subscription);
  context.emit('customer.subscription.created', subscription);
  context.emitUpdated('subscription_schedule.updated', schedule, started);
  return started;
}
