export type * from './entitlement-models.js';
/** The objects of the API as the dashboard knows them. Amounts are in major units of the currency, times ISO 8601 UTC. */

/** How often a price is paid. */
export type BillingInterval = 'day' | 'week' | 'month' | 'year';
export type SubscriptionStatus =
  'trialing' | 'active' | 'incomplete' | 'incomplete_expired' | 'past_due' | 'canceled' | 'unpaid' | 'paused';

/** An add-on of the catalogue, and how many units of it. */
export interface AddOnChoice {
  /** Its `tier` among the plans. */
  plan: string;
  quantity: number;
}

/** An add-on that is wanted. */
export interface AddOnWish {
  /** Its `tier` among the plans. */
  plan: string;
  /** Default: 1. */
  quantity?: number;
}

/** A change of plan, seats or add-ons that takes effect at the end of the period. */
export interface ScheduledChange {
  tier: string;
  interval: BillingInterval;
  intervalCount: number;
  /** Seats in all that follow. */
  quantity: number;
  /** Add-ons of the catalogue that follow. */
  addOns: AddOnChoice[];
  at: string;
}

/** Why an amount is not known before its invoice: it depends on quantity or use, or is no whole number of cents. */
export type AmountReason = 'tiered' | 'metered' | 'below_minor_unit' | 'other_currency' | 'unknown';

/** Something billed with a subscription beside its plan: an add-on of the catalogue, or what somebody else put there. */
export interface AddOn {
  /** Key of the add-on in the catalogue; absent for what is none of it, which stays as it is. */
  plan?: string;
  /** Stripe's id of its price. */
  price: string;
  name?: string;
  /** Absent for what is billed by use. */
  quantity?: number;
  interval: BillingInterval;
  /** How many intervals it is paid for at a time. */
  intervalCount: number;
  /** What it costs for that time, before discounts and tax; absent where `amountReason` says why. */
  amount?: number;
  amountReason?: AmountReason;
  currentPeriodEnd: string;
  /** True when the subscription is to end before that: what is left of the period is credited then. */
  restIsCredited: boolean;
}

/** Why a subscription waits for its payment, and what can be done about it. */
export interface PaymentProblem {
  /** Stripe's code of the last attempt, `authentication_required`, `payment_method_required` or `payment_required`. */
  code: string;
  declineCode?: string;
  /** When Stripe tries again by itself. */
  nextAttemptAt?: string;
  /** Stripe's page on which the invoice can be paid. */
  payUrl?: string;
  /** For `payInvoice`. */
  invoiceId?: number;
}

/** An upgrade that takes effect once its payment is confirmed. */
export interface PendingChange {
  tier: string;
  interval: BillingInterval;
  intervalCount: number;
  /** Seats in all that follow. */
  quantity: number;
  /** Add-ons of the catalogue that follow. */
  addOns: AddOnChoice[];
  /** Stripe's page on which the payment can be confirmed. */
  paymentUrl?: string;
  /** For `payInvoice`. */
  invoiceId?: number;
  /** When it is dropped unless it is paid. */
  expiresAt?: string;
}

/** Stripe collects nothing for the time being. */
export interface PauseCollection {
  behavior: string;
  resumesAt?: string;
}

export interface Subscription {
  id: number;
  /** The plan's key in the catalogue; `custom` for a price that belongs to no plan, now or earlier. */
  tier: string;
  status: SubscriptionStatus;
  /** What the plan with its seats costs for `intervalCount` intervals, before discounts and tax; absent where `amountReason` says why. */
  amount?: number;
  amountReason?: AmountReason;
  /** ISO 4217 code in lower case. */
  currency: string;
  interval: BillingInterval;
  /** 6 with the interval `month` is every six months. */
  intervalCount: number;
  /** Seats in all; for a plan without seats its units. */
  quantity: number;
  /** What is billed beside the plan. */
  addOns: AddOn[];
  currentPeriodStart?: string;
  currentPeriodEnd?: string;
  trialStart?: string;
  trialEnd?: string;
  /** True whenever an end is scheduled, see `cancelAt`. */
  cancelAtPeriodEnd: boolean;
  cancelAt?: string;
  canceledAt?: string;
  endedAt?: string;
  /** Id of the coupon that is applied. */
  coupon?: string;
  scheduledChange?: ScheduledChange;
  createdAt: string;
  /** Why it waits for its payment; absent when it does not. */
  paymentProblem?: PaymentProblem;
  /** The upgrade that waits for the confirmation of its payment. */
  pendingChange?: PendingChange;
  /** Set while Stripe collects nothing, because the operator wants it so. */
  pauseCollection?: PauseCollection;
  /** What the customer said when it was cancelled. */
  cancellationReason?: string;
}

/** A subscription after a purchase or a change, with what its customer still has to do. */
export interface SubscriptionResult extends Subscription {
  /** True when a payment or a card must be confirmed (3-D Secure), or a card given. */
  requiresAction: boolean;
  /** For Stripe.js, to confirm the payment or the card. */
  clientSecret?: string;
  /** Stripe's page on which the open invoice can be paid. */
  paymentUrl?: string;
  /** True when the difference of a change of seats or add-ons is billed with the next invoice, after five of them in a day. */
  billedWithNextInvoice?: boolean;
}

/** What is to be bought, and how it is paid. */
export interface SubscriptionCreate extends CheckoutSessionCreate {
  /** Stripe's id (`pm_…`) or the `id` of a payment method; without one the default pays. */
  paymentMethodId?: string | number;
  /** What a backend with a service key keeps with the subscription at Stripe: at most 20 texts of 500 characters. */
  metadata?: Record<string, string>;
}

export interface SubscriptionUpdate {
  tier?: string;
  interval?: BillingInterval;
  /** Needed only where the plan has several prices of an interval. */
  intervalCount?: number;
  /** Seats in all: more at once, fewer from the end of the period on. */
  quantity?: number;
  /** All add-ons that are wanted: absent, they stay; empty: none. New ones come at once, dropped ones go at the end of the period. */
  addOns?: AddOnWish[];
  /** That of the subscription: another one is refused. */
  currency?: string;
  paymentMethodId?: string | number;
  /** When a downgrade takes effect, fewer seats or a dropped add-on too; default `period_end`. An upgrade always does at once. */
  when?: 'period_end' | 'now';
  /** Added to what is there; an empty text removes its name. With a service key alone. */
  metadata?: Record<string, string>;
}

export interface SeatsUpdate {
  /** Seats in all. */
  quantity: number;
  /** When fewer seats are had; default `period_end`. More always are at once. */
  when?: 'period_end' | 'now';
}

export interface SubscriptionCancel {
  /** Default: true. False ends it now. */
  cancelAtPeriodEnd?: boolean;
  /** At most 500 characters. */
  reason?: string;
}

/** A saved way to pay. The card fields are absent for everything that is no card. */
export interface PaymentMethod {
  id: number;
  type: 'card' | 'bank_account' | 'other';
  isDefault: boolean;
  cardBrand?: string;
  cardLast4?: string;
  cardExpMonth?: number;
  cardExpYear?: number;
}

export interface PaymentMethodAdd {
  /** Id of the payment method at Stripe (`pm_…`). */
  paymentMethodId: string;
  setAsDefault?: boolean;
  /** For a user without a customer yet: address of receipts and invoices, needed where the token has none. */
  email?: string;
}

/** What Stripe.js needs to collect a payment method. */
export interface SetupIntent {
  id: string;
  /** Absent once it is no longer needed. */
  clientSecret?: string;
  usage: string;
}

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';

export interface Invoice {
  id: number;
  number?: string;
  amountDue: number;
  amountPaid: number;
  amountRemaining: number;
  /** ISO 4217 code in lower case. */
  currency: string;
  status: InvoiceStatus;
  description?: string;
  subscriptionId?: number;
  created: string;
  periodStart?: string;
  periodEnd?: string;
  dueDate?: string;
  paidAt?: string;
  /** Link to the PDF. */
  pdf?: string;
  /** Link to the page on which it can be seen and paid. */
  hostedUrl?: string;
}

/** An invoice after an attempt to pay it, with what its customer still has to do. */
export interface InvoiceResult extends Invoice {
  /** True when the payment must be confirmed (3-D Secure); the invoice is open until then. */
  requiresAction: boolean;
  /** For Stripe.js, to confirm the payment. */
  clientSecret?: string;
  /** Stripe's page on which the payment can be confirmed. */
  paymentUrl?: string;
}

export interface InvoicePay {
  /** Stripe's id (`pm_…`) or the `id` of a payment method; without one the default pays. */
  paymentMethodId?: string | number;
}

export interface CheckoutSession {
  id: string;
  /** Where to send the browser. */
  url: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** What is to be bought. */
export interface CheckoutSessionCreate {
  /** `tier` of a plan that is on sale. */
  tier: string;
  /** Default: `month` where the plan has it, else its only one. */
  interval?: BillingInterval;
  /** Needed only where the plan has several prices of an interval. */
  intervalCount?: number;
  /** Seats in all; default: the fewest of the plan. */
  quantity?: number;
  /** What is bought beside the plan. */
  addOns?: AddOnWish[];
  /** ISO 4217; default: the currency that the payer pays in, else the catalogue's. */
  currency?: string;
  /** Days of free trial, up to `trialDays` of the public configuration. */
  trialDays?: number;
  couponCode?: string;
  /** For a user without a customer yet: address of receipts and invoices, needed where the token has none. */
  email?: string;
}

/** The billing side of the user. */
export interface Customer {
  id: number;
  email: string;
  name?: string;
  phone?: string;
  addressLine1?: string;
  addressLine2?: string;
  city?: string;
  state?: string;
  postalCode?: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** ISO 4217 in lower case: what the user pays in from the first purchase on. */
  currency?: string;
  /** True while a subscription can still begin with a free trial. */
  trialAvailable: boolean;
  createdAt: string;
}

/** Absent fields stay as they are; an empty text clears the field. */
export interface CustomerUpdate {
  email?: string;
  name?: string;
  phone?: string;
  addressLine1?: string;
  addressLine2?: string;
  city?: string;
  state?: string;
  postalCode?: string;
  country?: string;
}

/** A line of what a plan has, or lacks. */
export interface PlanFeature {
  /** Key of the feature in the catalogue; absent for a line that is text alone. */
  key?: string;
  name: string;
  included: boolean;
}

/** What a plan costs for one period. */
export interface PlanPrice {
  interval: BillingInterval;
  /** How many intervals are paid for at a time. */
  intervalCount: number;
  amount: number;
  /** ISO 4217 code in lower case. */
  currency: string;
  /** The price in each currency that it is sold in. */
  amounts: Record<string, number>;
}

export interface PlanSeats {
  /** Fewest seats of a purchase. */
  min: number;
  /** Absent: no limit. */
  max?: number;
  /** Seats that the price of the plan holds. */
  included: number;
  /** Price of a seat past those; empty: the price of the plan is that of a seat. */
  prices: PlanPrice[];
}

/** A plan on sale, or an add-on. */
export interface Plan {
  /** Its key in the catalogue. */
  tier: string;
  name: string;
  description: string;
  /** One has at most one live subscription of a group; absent for an add-on. */
  group?: string;
  /** A plan with a higher one is an upgrade. */
  rank: number;
  /** The one to recommend. */
  popular: boolean;
  /** What one has without a subscription. */
  default: boolean;
  /** Sold beside a plan, as an item of its subscription. */
  addOn: boolean;
  /** Plans that the add-on goes with; empty: all. */
  with: string[];
  /** Longest free trial, in days; 0: none. */
  trialDays: number;
  /** Absent for a plan that is sold as one. */
  seats?: PlanSeats;
  features: PlanFeature[];
  /** None for a plan that is had, not bought. */
  prices: PlanPrice[];
}

/** What a frontend must know before anyone signs in. */
export interface PublicConfig {
  /** For Stripe.js. */
  publishableKey?: string;
  /** Longest free trial that a purchase may ask for; 0: there are none. */
  trialDays: number;
  /** True when Stripe is the embedded sandbox, so that no real money moves. */
  sandbox: boolean;
  /** The present moment of Stripe's clock: what the times of the API are to be compared with. */
  now: string;
  /** Verifies snapshots of entitlements; absent: there are none. */
  entitlementsPublicKey?: string;
}

/** How the plans are told. */
export interface PlanQuery {
  /** ISO 4217: the prices in this currency, without those that have none; default: that of the catalogue. */
  currency?: string;
}

/** Which subscription is meant. */
export interface SubscriptionQuery {
  /** Group of plans; without it `main`, where the catalogue has it, else the group of the default plan, else the first one. */
  group?: string;
}

/** Where a page of a list begins and how long it is. */
export interface PageQuery {
  /** 1 to 100, default 10. */
  limit?: number;
  /** `id` of the last item of the page before. */
  startingAfter?: number;
}

export interface InvoiceQuery extends PageQuery {
  status?: InvoiceStatus;
}

/** One page of a list, newest first. */
export interface Page<Item> {
  items: Item[];
  hasMore: boolean;
}

/** Where an event of Stripe stands. */
export type WebhookEventState = 'received' | 'processing' | 'done' | 'ignored' | 'failed';

/** An event that Stripe delivered, without its content. For the role `admin`. */
export interface WebhookEvent {
  /** Stripe's id; for a delivery that was no event `sha256:` and the hash of its bytes. */
  eventId: string;
  type?: string;
  state: WebhookEventState;
  /** Why it was ignored or given up. */
  reason?: string;
  objectId?: string;
  stripeCustomerId?: string;
  attempts: number;
  nextAttemptAt?: string;
  receivedAt: string;
  processedAt?: string;
}

/** An event with its content, which may hold personal data. */
export interface WebhookEventDetails extends WebhookEvent {
  lastError?: string;
  /** What Stripe sent, in Stripe's words. */
  payload: string | Record<string, unknown>;
}

export interface WebhookEventQuery {
  /** 1 to 100, default 10. */
  limit?: number;
  /** `eventId` of the last event of the page before. */
  startingAfter?: string;
  state?: WebhookEventState;
  type?: string;
}

/** What a replay put back into the queue. */
export interface ReplayedEvents {
  replayed: number;
}

export type AuditActor = 'user' | 'service_key' | 'operator' | 'stripe' | 'recovery';

/** Which entries of the audit log are wanted. */
export interface AuditQuery {
  limit?: number;
  /** `user:<sub>` or `org:<id>`. */
  payer?: string;
  /** For example `subscription:sub_…`. */
  object?: string;
  /** `id` of the last entry of the page before. */
  startingAfter?: string;
}

/** Who changed what for whom. */
export interface AuditEntry {
  id: string;
  createdAt: string;
  actor: AuditActor;
  /** Our id of the user or the service key. */
  actorId?: number;
  /** `user:<sub>` or `org:<id>`; absent for what concerns no payer. */
  payer?: string;
  action: string;
  objectType: string;
  objectId: string;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  requestId?: string;
}

/** Whom an operator looks for: one of these. */
export interface PayerQuery {
  payer?: string;
  stripeCustomerId?: string;
  email?: string;
}

/** A person or an organization that can be a customer, as an operator sees it. */
export interface Payer {
  /** `user:<sub>` or `org:<id>`. */
  payer: string;
  isActive: boolean;
  closedAt?: string;
  name?: string;
  email?: string;
  customerId?: number;
  stripeCustomerId?: string;
  /** The live ones, newest first. */
  subscriptions: { id: number; stripeSubscriptionId?: string; tier: string; status: string }[];
}

export interface EventQuery {
  /** Id of the last event that is known; left out: from the beginning. */
  after?: string;
  limit?: number;
}

/** Something that changed; see docs/events.md. */
export interface ListedEvent {
  id: string;
  type: EventType;
  /** Absent: it concerns them all. */
  payer?: string;
  /** Grows with each event of the payer: what is older than what is known can be dropped. */
  sequence: number;
  objectType: string;
  objectId?: number;
  stripeId?: string;
  /** The object as it was then, and what changed of it, in the words of the wire. */
  data: { object: Record<string, unknown>; previous?: Record<string, unknown> };
  createdAt: string;
}

export type EventType =
  | 'subscription.created'
  | 'subscription.updated'
  | 'subscription.canceled'
  | 'subscription.trial_ending'
  | 'subscription.past_due'
  | 'subscription.recovered'
  | 'invoice.paid'
  | 'invoice.payment_failed'
  | 'invoice.upcoming'
  | 'payment.refunded'
  | 'payment.disputed'
  | 'customer.updated'
  | 'customer.linked'
  | 'customer.closed'
  | 'entitlements.changed'
  | 'usage.limit_reached'
  | 'catalogue.changed';

/** Where outgoing events are delivered. */
export interface OutgoingEndpoint {
  id: number;
  url: string;
  /** Absent: all of them. */
  types?: EventType[];
  enabled: boolean;
  /** Events that are still to be delivered. */
  waiting: number;
  /** Events that were given up after three days. */
  failed: number;
  createdAt: string;
}

export interface OutgoingEndpointCreate {
  url: string;
  /** Default: all of them. */
  types?: EventType[];
}

export interface NewOutgoingEndpoint extends OutgoingEndpoint {
  /** For `verifyEvent`; shown this once. */
  secret: string;
}

export interface QueuedDeliveries {
  queued: number;
}
