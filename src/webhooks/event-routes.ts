import { type Type } from '@nestjs/common';
import type Stripe from 'stripe';
import { CouponProjection } from '../coupons/coupon.projection.js';
import { PromotionCodeProjection } from '../coupons/promotion-code.projection.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { type Outcome, type Settle, type Snapshot } from '../mirror/projection.js';
import { PaymentMethodProjection } from '../payment-methods/payment-method.projection.js';

/** What a route needs of a projection. */
export interface Mirror<Source> {
  apply(snapshot: Snapshot<Source>, settle?: Settle): Promise<Outcome>;
  refresh(stripeId: string, settle?: Settle): Promise<Outcome>;
}

type Reference = string | { id: string } | null | undefined;
/** An object to be read at Stripe again. */
export type Target = [projection: Type<Pick<Mirror<unknown>, 'refresh'>>, object: Reference];

/** How an event gets to the tables. */
export type Route<Source> =
  | { by: 'snapshot'; projection: Type<Mirror<Source>> }
  | { by: 'refresh'; targets: (object: Source) => Target[] }
  | { by: 'nothing'; reason: string };

type EventOf<Name> = Extract<Stripe.Event, { type: Name }>;
type Routes = { readonly [Name in Stripe.Event['type']]?: Route<EventOf<Name>['data']['object']> };

/** The object of the event is the row. */
const applyTo = <Source>(projection: Type<Mirror<Source>>): Route<Source> => ({ by: 'snapshot', projection });
/** The event only tells that objects changed; also for deletions, whose snapshot shows the object as it was. */
const refresh = <Source>(targets: (object: Source) => Target[]): Route<Source> => ({ by: 'refresh', targets });

/** Every event type that is handled. What is not listed is kept as ignored. */
export const EVENT_ROUTES = {
  'customer.created': applyTo(CustomerProjection),
  'customer.updated': applyTo(CustomerProjection),
  'customer.deleted': refresh((customer) => [[CustomerProjection, customer]]),

  'payment_method.attached': applyTo(PaymentMethodProjection),
  'payment_method.automatically_updated': applyTo(PaymentMethodProjection),
  'payment_method.detached': applyTo(PaymentMethodProjection),
  'payment_method.updated': applyTo(PaymentMethodProjection),

  // A preview of the next invoice: nothing at Stripe has its id.
  'invoice.upcoming': { by: 'nothing', reason: 'preview' },

  'coupon.created': applyTo(CouponProjection),
  'coupon.updated': applyTo(CouponProjection),
  'coupon.deleted': refresh((coupon) => [[CouponProjection, coupon]]),
  'promotion_code.created': applyTo(PromotionCodeProjection),
  'promotion_code.updated': applyTo(PromotionCodeProjection),
} as const satisfies Routes;

/** The types that a webhook endpoint must subscribe to. */
export const SUBSCRIBED_EVENT_TYPES = Object.entries<Route<never>>(EVENT_ROUTES)
  .filter(([, route]) => route.by !== 'nothing')
  .map(([type]) => type) as Stripe.WebhookEndpointCreateParams.EnabledEvent[];

/** By the kind of object, for the finer types of thin events, which have no snapshot twin. */
const MIRROR_OF_OBJECT: Readonly<Record<string, Target[0]>> = {
  coupon: CouponProjection,
  customer: CustomerProjection,
  payment_method: PaymentMethodProjection,
  promotion_code: PromotionCodeProjection,
};

/** The route of an event type; null when it has none. */
export function routeOf(type: string): Route<unknown> | null {
  return Object.hasOwn(EVENT_ROUTES, type) ? ((EVENT_ROUTES as Record<string, Route<unknown>>)[type] ?? null) : null;
}

/** The projection of a kind of object (`related_object.type`); null when it has none. */
export function mirrorOfObject(kind: string): Target[0] | null {
  return Object.hasOwn(MIRROR_OF_OBJECT, kind) ? (MIRROR_OF_OBJECT[kind] ?? null) : null;
}
