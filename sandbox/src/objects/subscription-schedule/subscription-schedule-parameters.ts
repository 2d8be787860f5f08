import type Stripe from 'stripe';
import { pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Parameter,
  type Values,
  array,
  boolean,
  currency,
  either,
  hash,
  integer,
  metadata,
  modelled,
  oneOf,
  required,
  string,
  timestamp,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { discountsParameter } from '../discount/discount-parameters.js';
import { newItemShape } from '../subscription-item/subscription-item-parameters.js';
import { billingMode } from '../subscription/subscription-parameters.js';

const collectionMethod = oneOf('charge_automatically', 'send_invoice');
const anchor = oneOf('automatic', 'phase_start');
const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none');
/** What the sandbox does at the end of the last phase; others are not modelled. */
const endBehavior = modelled('cancel', 'release');

const invoiceSettings = hash({
  account_tax_ids: unsupported(),
  custom_fields: unsupported(),
  days_until_due: integer({ min: 0 }),
  description: unsupported(),
  footer: unsupported(),
  issuer: unsupported(),
});

const { current_trial: _trial, ...phaseItemShape } = newItemShape;

const phaseItem = hash(phaseItemShape satisfies DeclaredFor<Stripe.SubscriptionScheduleUpdateParams.Phase.Item>);

const phaseShape = {
  add_invoice_items: unsupported(),
  application_fee_percent: unsupported(),
  automatic_tax: unsupported(),
  billing_cycle_anchor: anchor,
  billing_thresholds: unsupported(),
  collection_method: collectionMethod,
  currency: currency(),
  default_payment_method: string(),
  default_tax_rates: unsupported(),
  description: unsettable(string({ max: 500 })),
  discounts: discountsParameter,
  duration: hash({
    interval: required(oneOf('day', 'month', 'week', 'year')),
    interval_count: integer({ min: 1 }),
  } satisfies DeclaredFor<Stripe.SubscriptionScheduleCreateParams.Phase.Duration>),
  end_date: either(timestamp(), oneOf('now')),
  invoice_settings: invoiceSettings,
  items: required(array(phaseItem, { max: 20 })),
  metadata: metadata(),
  on_behalf_of: unsupported(),
  proration_behavior: prorationBehavior,
  start_date: either(timestamp(), oneOf('now')),
  transfer_data: unsupported(),
  trial: boolean(),
  trial_end: either(timestamp(), oneOf('now')),
} satisfies DeclaredFor<Stripe.SubscriptionScheduleUpdateParams.Phase>;

const { start_date: _start, ...newPhaseShape } = phaseShape;

const defaultSettings = hash({
  application_fee_percent: unsupported(),
  automatic_tax: unsupported(),
  billing_cycle_anchor: anchor,
  billing_thresholds: unsupported(),
  collection_method: collectionMethod,
  default_payment_method: string(),
  description: unsettable(string({ max: 500 })),
  invoice_settings: invoiceSettings,
  on_behalf_of: unsupported(),
  transfer_data: unsupported(),
} satisfies DeclaredFor<Stripe.SubscriptionScheduleCreateParams.DefaultSettings>);

export const createParameters = {
  billing_mode: billingMode,
  customer: string(),
  customer_account: unsupported(),
  default_settings: defaultSettings,
  end_behavior: endBehavior,
  from_subscription: string(),
  metadata: metadata(),
  pause_schedules: unsupported(),
  phases: array(hash(newPhaseShape), { max: 10 }),
  start_date: either(timestamp(), oneOf('now')),
} satisfies DeclaredFor<Stripe.SubscriptionScheduleCreateParams>;

export const updateParameters = {
  default_settings: defaultSettings,
  end_behavior: endBehavior,
  metadata: metadata(),
  pause_schedules: unsupported(),
  phases: array(hash(phaseShape), { max: 10 }),
  proration_behavior: prorationBehavior,
} satisfies DeclaredFor<Stripe.SubscriptionScheduleUpdateParams>;

const olderPhaseShape = { ...phaseShape, iterations: integer({ min: 1 }) };

/** A phase as earlier API versions have it: it may last `iterations` of its price's interval, one when nothing is said. */
const olderPhase: Parameter<Values<typeof olderPhaseShape>> = {
  required: false,
  decode(value, name) {
    const phase = hash(olderPhaseShape).decode(value, name);
    return phase.end_date === undefined && phase.duration === undefined ? { iterations: 1, ...phase } : phase;
  },
};

export const olderParameters = { phases: array(olderPhase, { max: 10 }) };

export const listParameters = {
  ...pagination,
  canceled_at: range,
  completed_at: range,
  created: range,
  customer: string(),
  customer_account: unsupported(),
  released_at: range,
  scheduled: boolean(),
} satisfies DeclaredFor<Stripe.SubscriptionScheduleListParams>;

export const cancelParameters = {
  invoice_now: boolean(),
  prorate: boolean(),
} satisfies DeclaredFor<Stripe.SubscriptionScheduleCancelParams>;

export const releaseParameters = {
  preserve_cancel_date: boolean(),
} satisfies DeclaredFor<Stripe.SubscriptionScheduleReleaseParams>;

export type ScheduleCreateParameters = Values<typeof createParameters>;
export type ScheduleUpdateParameters = Values<typeof updateParameters>;
export type PhaseParameters = NonNullable<ScheduleUpdateParameters['phases']>[number] & {
  readonly iterations?: number;
};
export type DefaultSettings = NonNullable<ScheduleUpdateParameters['default_settings']>;
