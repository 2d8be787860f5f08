import { type Type } from '@nestjs/common';
import type Stripe from 'stripe';
import { PlansService } from '../catalogue/plans.service.js';
import { CheckoutCompletion } from '../checkout/checkout-completion.js';
import { CouponProjection } from '../coupons/coupon.projection.js';
import { PromotionCodeProjection } from '../coupons/promotion-code.projection.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { InvoiceProjection } from '../invoices/invoice.projection.js';
import { type Outcome, type OnCommit, type Snapshot } from '../sync/projection.js';
import { PaymentMethodProjection } from '../payment-methods/payment-method.projection.js';
import { PaymentProjection } from '../payments/payment.projection.js';
import { RefundProjection } from '../payments/refund.projection.js';
import { SubscriptionProjection } from '../subscriptions/subscription.projection.js';
import { SubscriptionScheduleProjection } from '../subscriptions/schedules/subscription-schedule.projection.js';

/** What a route needs of a projection. */
export interface Mirror<Source> {
  apply(snapshot: Snapshot<Source>, onCommit?: OnCommit): Promise<Outcome>;
  refresh(stripeId: string, onCommit?: OnCommit): Promise<Outcome>;
}

/** A projection that must see the last snapshot of an object that is gone. */
export interface MirrorOfDeletions<Source> extends Mirror<Source> {
  applyDeletion(snapshot: Snapshot<Source>, onCommit?: OnCommit): Promise<Outcome>;
}

type Reference = string | { id: string } | null | undefined;
/** An object to be read at Stripe again. */
export type Target = [projection: Type<Pick<Mirror<unknown>, 'refresh'>>, object: Reference];

/** How an event gets to the tables. */
export type Route<Source> =
  | { by: 'snapshot'; projection: Type<Mirror<Source>> }
  | { by: 'deletion'; projection: Type<MirrorOfDeletions<Source>> }
  | { by: 'refresh'; targets: (object: Source) => Target[] }
  | { by: 'announcement' };

type EventOf<Name> = Extract<Stripe.Event, { type: Name }>;
type Routes = { readonly [Name in Stripe.Event['type']]?: Route<EventOf<Name>['data']['object']> };

/** The object of the event is the row. */
const applyTo = <Source>(projection: Type<Mirror<Source>>): Route<Source> => ({ by: 'snapshot', projection });
/** The event only says that objects changed; also for deletions, whose snapshot shows the object as it was. */
const refresh = <Source>(targets: (object: Source) => Target[]): Route<Source> => ({ by: 'refresh', targets });

/** Every event type that is handled. What is not listed is kept as ignored. */
export const EVENT_ROUTES = {
  'customer.created': applyTo(CustomerProjection),
  'customer.updated': applyTo(CustomerProjection),
  'customer.deleted': { by: 'deletion', projection: CustomerProjection },

  'customer.subscription.created': applyTo(SubscriptionProjection),
  'customer.subscription.deleted': applyTo(SubscriptionProjection),
  'customer.subscription.paused': applyTo(SubscriptionProjection),
  'customer.subscription.pending_update_applied': applyTo(SubscriptionProjection),
  'customer.subscription.pending_update_expired': applyTo(SubscriptionProjection),
  'customer.subscription.resumed': applyTo(SubscriptionProjection),
  'customer.subscription.trial_will_end': applyTo(SubscriptionProjection),
  'customer.subscription.updated': applyTo(SubscriptionProjection),
  'customer.discount.created': refresh(({ subscription }) => [[SubscriptionProjection, subscription]]),
  'customer.discount.deleted': refresh(({ subscription }) => [[SubscriptionProjection, subscription]]),
  'customer.discount.updated': refresh(({ subscription }) => [[SubscriptionProjection, subscription]]),
  'subscription_schedule.aborted': applyTo(SubscriptionScheduleProjection),
  'subscription_schedule.canceled': applyTo(SubscriptionScheduleProjection),
  'subscription_schedule.completed': applyTo(SubscriptionScheduleProjection),
  'subscription_schedule.created': applyTo(SubscriptionScheduleProjection),
  'subscription_schedule.expiring': applyTo(SubscriptionScheduleProjection),
  'subscription_schedule.released': applyTo(SubscriptionScheduleProjection),
  'subscription_schedule.updated': applyTo(SubscriptionScheduleProjection),

  'checkout.session.async_payment_failed': refresh((session) => [[CheckoutCompletion, session]]),
  'checkout.session.async_payment_succeeded': refresh((session) => [[CheckoutCompletion, session]]),
  'checkout.session.completed': refresh((session) => [[CheckoutCompletion, session]]),
  'checkout.session.expired': refresh((session) => [[CheckoutCompletion, session]]),

  'payment_method.attached': applyTo(PaymentMethodProjection),
  'payment_method.automatically_updated': applyTo(PaymentMethodProjection),
  'payment_method.detached': applyTo(PaymentMethodProjection),
  'payment_method.updated': applyTo(PaymentMethodProjection),

  'invoice.created': applyTo(InvoiceProjection),
  'invoice.deleted': { by: 'deletion', projection: InvoiceProjection },
  'invoice.finalization_failed': applyTo(InvoiceProjection),
  'invoice.finalized': applyTo(InvoiceProjection),
  'invoice.marked_uncollectible': applyTo(InvoiceProjection),
  'invoice.overdue': applyTo(InvoiceProjection),
  'invoice.overpaid': applyTo(InvoiceProjection),
  'invoice.paid': applyTo(InvoiceProjection),
  'invoice.payment_action_required': applyTo(InvoiceProjection),
  'invoice.payment_attempt_required': applyTo(InvoiceProjection),
  'invoice.payment_failed': applyTo(InvoiceProjection),
  'invoice.payment_succeeded': applyTo(InvoiceProjection),
  'invoice.sent': applyTo(InvoiceProjection),
  'invoice.updated': applyTo(InvoiceProjection),
  'invoice.voided': applyTo(InvoiceProjection),
  'invoice.will_be_due': applyTo(InvoiceProjection),
  // A preview of the next invoice: nothing at Stripe has its id. It is only told on.
  'invoice.upcoming': { by: 'announcement' },
  // What is left of an invoice, and its payment, change without an event of theirs.
  'credit_note.created': refresh(({ invoice }) => [[InvoiceProjection, invoice]]),
  'credit_note.updated': refresh(({ invoice }) => [[InvoiceProjection, invoice]]),
  'credit_note.voided': refresh(({ invoice }) => [[InvoiceProjection, invoice]]),
  // The only tie between an invoice and its payment intent.
  'invoice_payment.paid': refresh(({ invoice, payment }) => [
    [InvoiceProjection, invoice],
    [PaymentProjection, (payment as typeof payment | undefined)?.payment_intent],
  ]),

  'payment_intent.amount_capturable_updated': applyTo(PaymentProjection),
  'payment_intent.canceled': applyTo(PaymentProjection),
  'payment_intent.created': applyTo(PaymentProjection),
  'payment_intent.partially_funded': applyTo(PaymentProjection),
  'payment_intent.payment_failed': applyTo(PaymentProjection),
  'payment_intent.processing': applyTo(PaymentProjection),
  'payment_intent.requires_action': applyTo(PaymentProjection),
  'payment_intent.succeeded': applyTo(PaymentProjection),
  'charge.dispute.closed': refresh((dispute) => [[PaymentProjection, dispute.payment_intent]]),
  'charge.dispute.created': refresh((dispute) => [[PaymentProjection, dispute.payment_intent]]),
  'charge.dispute.updated': refresh((dispute) => [[PaymentProjection, dispute.payment_intent]]),
  'charge.refunded': refresh((charge) => [[PaymentProjection, charge.payment_intent]]),
  'charge.refund.updated': applyTo(RefundProjection),
  'refund.created': applyTo(RefundProjection),
  'refund.failed': applyTo(RefundProjection),
  'refund.updated': applyTo(RefundProjection),

  'coupon.created': applyTo(CouponProjection),
  'coupon.updated': applyTo(CouponProjection),
  'coupon.deleted': refresh((coupon) => [[CouponProjection, coupon]]),
  'promotion_code.created': applyTo(PromotionCodeProjection),
  'promotion_code.updated': applyTo(PromotionCodeProjection),

  // Nothing mirrors them; the plans on sale follow them.
  'price.deleted': refresh((price) => [[PlansService, price]]),
  'price.updated': refresh((price) => [[PlansService, price]]),
  'product.deleted': refresh((product) => [[PlansService, product]]),
  'product.updated': refresh((product) => [[PlansService, product]]),
} as const satisfies Routes;

/** The types that a webhook endpoint must subscribe to. */
export const SUBSCRIBED_EVENT_TYPES = Object.keys(EVENT_ROUTES) as Stripe.WebhookEndpointCreateParams.EnabledEvent[];

/** By the kind of object, for the finer types of thin events, which have no snapshot twin. */
const MIRROR_OF_OBJECT: Readonly<Record<string, Target[0]>> = {
  'checkout.session': CheckoutCompletion,
  coupon: CouponProjection,
  customer: CustomerProjection,
  invoice: InvoiceProjection,
  payment_intent: PaymentProjection,
  payment_method: PaymentMethodProjection,
  price: PlansService,
  product: PlansService,
  promotion_code: PromotionCodeProjection,
  refund: RefundProjection,
  subscription: SubscriptionProjection,
  subscription_schedule: SubscriptionScheduleProjection,
};

/** The route of an event type; null when it has none. */
export function routeOf(type: string): Route<unknown> | null {
  return Object.hasOwn(EVENT_ROUTES, type) ? ((EVENT_ROUTES as Record<string, Route<unknown>>)[type] ?? null) : null;
}

/** The projection of a kind of object (`related_object.type`); null when it has none. */
export function mirrorOfObject(kind: string): Target[0] | null {
  return Object.hasOwn(MIRROR_OF_OBJECT, kind) ? (MIRROR_OF_OBJECT[kind] ?? null) : null;
}
