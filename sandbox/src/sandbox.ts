/**
 * An offline, stateful Stripe that speaks Stripe's HTTP API. It is a program of its own: it imports nothing from the
 * rest of this repository, and the rest reaches it over HTTP only.
 *
 * How it is built, from the ground up; a folder imports only from those before it, and no imports run in a circle
 * (`.dependency-cruiser.mjs` holds this):
 * - `errors/` Stripe's error format; `rules/` pure rules: no HTTP, no store, no clock.
 * - `store/` the objects in memory, by kind, and the journal on disk; `time/` the simulated clock and the agenda of what
 *   falls due.
 * - `kernel/` runs each request, and all that falls due, as one synchronous transaction; the answer is sent when its
 *   changes are in the journal.
 * - `http/` reads a request, checks key, version and parameters, replays idempotent answers, expands ids, pages lists.
 * - `objects/` one folder per object of Stripe's API.
 * - `events/` writes events and sends webhooks; `pages/` the hosted pages; `control/` the routes under `/_sandbox`.
 *
 * Where things are in the folder of an object, e.g. `objects/coupon/`
 * - `coupon-type.ts` its shape, how it is stored and shown, and what only reads it; imports no verbs.
 * - `coupon-parameters.ts` what requests may send.
 * - `create-coupon.ts`, `redeem-coupon.ts` … one verb each: what stores it and emits its events.
 * - `compute-….ts` what only computes: the result is not stored.
 * - `coupons.ts` its routes, and all that it contributes as a `Resource`; imported here only.
 *
 * How to add an object
 * 1. Shape: `type Coupon = Stored<Stripe.Coupon, Hidden>`: the wire shape of the SDK's type (ids instead of expanded
 *    objects, strings instead of decimals) and, under `sandbox`, what the API must not show.
 * 2. `const coupons = objectType<Coupon>({ object, prefix, indexes, references, includable, present })`.
 *    `references` says which fields `expand[]` can replace (dotted path → `object` of the target), `includable` which
 *    fields appear only when expanded, `present` composes what is not stored as such (e.g. the list of items).
 *    `coupons` is the key of its collection: `context.objects(coupons).get/require/insert/update/replace/remove/where`.
 *    Stored objects are frozen; a change is a new object. An index named `customer` makes
 *    `where('customer', id)` fast (subscriptions need it: `expand[]=subscriptions` of a customer uses it).
 * 3. Routes: `route({ method, path: '/v1/coupons/:coupon', parameters, handle({ context, path, parameters }) })`.
 *    Parameters are declared with the functions of `http/parameters.ts` and
 *    `satisfies DeclaredFor<Stripe.CouponCreateParams>`; what is not modelled is `unsupported()`. Return
 *    `context.present(record)` or `listPage(context, coupons, parameters, { url, among, filter })`.
 *    Errors: throw `invalidRequest`, `cardError`, `notSupported` … of `errors/stripe-error.ts`; a throw undoes all that
 *    the request wrote, except where the error says `keepChanges`.
 * 4. Events: `context.emit('coupon.created', record)`, `context.emitUpdated('coupon.updated', before, after)`.
 * 5. Storing: a transaction stores each object once, when it commits, however often `update` changed it; reads and indexes
 *    find its changes at once. Compute a step as a whole, then put it in place and emit its events: pass the new version
 *    on instead of reading it back. Where a step runs others that would also store or announce the object, wrap them in
 *    `context.handle(id, …)`; hooks ask `context.isHandled(id)`.
 * 6. Time: `context.now()` (never Date). `requireCustomer(context, id)` switches the request to the customer's test
 *    clock, so that `now()`, events and due work follow it. `context.setDue('subscription.cycle', id, at)` sets the one
 *    moment of that kind for that object, `clearDue` removes it; the handler is in `due: { 'subscription.cycle': (context,
 *    id, at) => … }` of the resource and runs in a transaction of its own with `context.now() === at`, in order of time,
 *    when the sandbox or the test clock is advanced or real time passes.
 *    A test clock is advanced by storing it with the status `advancing`: the kernel runs what falls due on it once that
 *    is committed, also after a restart, and then stops it there.
 * 7. `onEvent: { 'payment_intent.succeeded': (context, record) => … }` reacts, in the same transaction, to an event that
 *    any object's folder emits. `beforeRemoval: { customer: (context, customer) => … }` lets it act when another object is
 *    removed.
 * 8. Money: `createIntent` and `payIntent` of `objects/payment-intent/` are the one way to collect it. `payIntent`
 *    throws nothing for a declined card, it returns an outcome; an intent that waits for 3-D Secure (or whose customer
 *    confirms it later) is followed by `onEvent` on `payment_intent.succeeded` and `payment_intent.payment_failed`. SEPA
 *    debits have `debitForIntent`; everything else takes cards only (`cardOf`).
 * 9. Add the resource to `RESOURCES` below. HTML pages are `PageRoute`s, listed in `pages/page-routes.ts`.
 */
import { setInterval } from 'node:timers';
import { Control } from './control/control.js';
import { Faults } from './control/faults.js';
import { SavedStates } from './control/saved-states.js';
import { EventLog } from './events/event-log.js';
import { DELIVERY_SETTINGS, WebhookSender } from './events/webhook-sender.js';
import { Api } from './http/api.js';
import { idempotencyBehavior } from './http/idempotency.js';
import { Router } from './http/router.js';
import { SandboxServer } from './http/server.js';
import { Kernel } from './kernel/kernel.js';
import { PAGE_ROUTES } from './pages/page-routes.js';
import { Pages } from './pages/pages.js';
import { activeEntitlementResource } from './objects/active-entitlement/active-entitlements.js';
import { portalConfigurationResource } from './objects/billing-portal-configuration/billing-portal-configurations.js';
import { portalSessionResource } from './objects/billing-portal-session/billing-portal-sessions.js';
import { cardResource } from './objects/card/cards.js';
import { chargeResource } from './objects/charge/charges.js';
import { checkoutSessionResource } from './objects/checkout-session/checkout-sessions.js';
import { couponResource } from './objects/coupon/coupons.js';
import { creditNoteResource } from './objects/credit-note/credit-notes.js';
import { customerBalanceResource } from './objects/customer-balance-transaction/customer-balance-transactions.js';
import { customerResource } from './objects/customer/customers.js';
import { discountResource } from './objects/discount/discounts.js';
import { disputeResource } from './objects/dispute/disputes.js';
import { entitlementFeatureResource } from './objects/entitlement-feature/entitlement-features.js';
import { eventResource } from './objects/event/events.js';
import { invoiceItemResource } from './objects/invoice-item/invoice-items.js';
import { invoicePaymentResource } from './objects/invoice-payment/invoice-payments.js';
import { invoiceResource } from './objects/invoice/invoices.js';
import { mandateResource } from './objects/mandate/mandates.js';
import { meterEventSummaryResource } from './objects/meter-event-summary/meter-event-summaries.js';
import { meterEventResource } from './objects/meter-event/meter-events.js';
import { meterResource } from './objects/meter/meters.js';
import { paymentIntentResource } from './objects/payment-intent/payment-intents.js';
import { paymentMethodResource } from './objects/payment-method/payment-methods.js';
import { planResource } from './objects/plan/plans.js';
import { priceResource } from './objects/price/prices.js';
import { productFeatureResource } from './objects/product-feature/product-features.js';
import { productResource } from './objects/product/products.js';
import { promotionCodeResource } from './objects/promotion-code/promotion-codes.js';
import { refundResource } from './objects/refund/refunds.js';
import { setupIntentResource } from './objects/setup-intent/setup-intents.js';
import { subscriptionItemResource } from './objects/subscription-item/subscription-items.js';
import { subscriptionScheduleResource } from './objects/subscription-schedule/subscription-schedules.js';
import { subscriptionResource } from './objects/subscription/subscriptions.js';
import { testClockResource } from './objects/test-clock/test-clocks.js';
import { webhookEndpointResource } from './objects/webhook-endpoint/webhook-endpoints.js';
import { type Resource } from './http/resource.js';
import { type Sandbox, type SandboxOptions } from './public-types.js';
import { lockDirectory } from './store/directory-lock.js';

export type { Sandbox };

/** All that the API has, in the order in which its routes are registered. */
export const RESOURCES: readonly Resource[] = [
  webhookEndpointResource,
  eventResource,
  customerResource,
  cardResource,
  paymentMethodResource,
  mandateResource,
  paymentIntentResource,
  setupIntentResource,
  chargeResource,
  refundResource,
  disputeResource,
  productResource,
  priceResource,
  planResource,
  couponResource,
  promotionCodeResource,
  customerBalanceResource,
  discountResource,
  invoiceItemResource,
  invoicePaymentResource,
  invoiceResource,
  subscriptionScheduleResource,
  subscriptionResource,
  subscriptionItemResource,
  checkoutSessionResource,
  portalConfigurationResource,
  portalSessionResource,
  testClockResource,
  creditNoteResource,
  entitlementFeatureResource,
  productFeatureResource,
  activeEntitlementResource,
  meterResource,
  meterEventResource,
  meterEventSummaryResource,
];

const PRUNE_EVERY_MS = 60 * 60 * 1_000;

/** Starts a sandbox. The promise resolves when it answers requests. Throws when the port or the directory is in use. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const log = options.log ?? (() => undefined);
  const { dataDirectory } = options;
  const unlock = dataDirectory === undefined ? () => undefined : lockDirectory(dataDirectory);
  const eventLog = new EventLog();
  const kernel = new Kernel([idempotencyBehavior, ...RESOURCES], eventLog, log);
  const delivery = {
    retrySeconds: options.webhookRetrySeconds ?? DELIVERY_SETTINGS.retrySeconds,
    timeoutSeconds: options.webhookTimeoutSeconds ?? DELIVERY_SETTINGS.timeoutSeconds,
  };
  const sender = new WebhookSender(kernel, eventLog, delivery, log);
  const api = new Api(kernel, new Router(RESOURCES.flatMap((resource) => resource.routes)), log);
  const faults = new Faults();
  const control = new Control(kernel, eventLog.chaos, sender, faults, new SavedStates(kernel, dataDirectory));
  const sites = [control, new Pages(kernel, PAGE_ROUTES, log)];
  const server = new SandboxServer(api, sites, faults.intercept, log);
  const open = async (): Promise<number> => {
    await kernel.open(dataDirectory);
    return server.listen('127.0.0.1', options.port ?? 0);
  };
  const port = await open().catch(async (error: unknown) => {
    await kernel.close();
    unlock();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  kernel.onStorage({ rolledBack: () => sender.forget(), writable: () => sender.resume() });
  kernel.start(url);
  sender.resume();
  const pruning = setInterval(() => {
    if (kernel.isWritable) api.idempotency.prune();
  }, PRUNE_EVERY_MS).unref();
  return {
    url,
    port,
    async close() {
      clearInterval(pruning);
      await server.close();
      await sender.close();
      await kernel.close();
      unlock();
    },
  };
}
