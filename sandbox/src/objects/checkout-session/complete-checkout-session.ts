import { type StripeErrorBody, cardError, invalidRequest } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { needsAuthentication } from '../../rules/test-cards.js';
import { fullShipping } from '../common-parameters.js';
import { insertCustomer } from '../customer/create-customer.js';
import { checkedEmail } from '../customer/customer-parameters.js';
import { type Customer, customers, requireCustomer } from '../customer/customer-type.js';
import { discounts } from '../discount/discount-type.js';
import { invoices } from '../invoice/invoice-type.js';
import { createIntent } from '../payment-intent/create-payment-intent.js';
import { debitForIntent } from '../payment-intent/debit-payment-intent.js';
import { payIntent } from '../payment-intent/pay-payment-intent.js';
import { paymentIntents } from '../payment-intent/payment-intent-type.js';
import { markAttached } from '../payment-method/attach-payment-method.js';
import { type PaymentMethod, paymentMethods, testCardOf } from '../payment-method/payment-method-type.js';
import { isActive, promotionCodes } from '../promotion-code/promotion-code-type.js';
import { confirmSetup } from '../setup-intent/confirm-setup-intent.js';
import { setupIntents } from '../setup-intent/setup-intent-type.js';
import { createSubscription } from '../subscription/create-subscription.js';
import { saveSubscription } from '../subscription/save-subscription.js';
import { type Subscription, subscriptions } from '../subscription/subscription-type.js';
import { type Buyer, type Session, sessions } from './checkout-session-type.js';
import { subscriptionParameters, withAmounts } from './compute-session-amounts.js';
import { SESSION_EXPIRY } from './create-checkout-session.js';

/** What a person submits: who they are, and the card unless the session needs none. */
export interface Submission extends Buyer {
  readonly method: PaymentMethod | null;
  /** True when the 3-D Secure step has been passed. */
  readonly authenticated?: boolean;
}

/** The card with the person's email and name, and as redisplayable as the session says. */
function ownedBy(context: Context, method: PaymentMethod, session: Session, buyer: Buyer): PaymentMethod {
  const { billing_details: details } = method;
  return context.objects(paymentMethods).update(method.id, {
    allow_redisplay: session.sandbox.allow_redisplay,
    billing_details: { ...details, email: details.email ?? buyer.email, name: details.name ?? buyer.name },
  });
}

/** What came of a submission: the session is complete, or the card asks for its 3-D Secure step first. */
export type Completion = { readonly status: 'complete' | 'requires_action'; readonly session: Session };

/** The session with its test clock in use. */
export function requireSession(context: Context, id: string, param = 'id'): Session {
  const session = context.objects(sessions).require(id, param);
  context.useTestClock(context.objects(customers).get(session.customer ?? '')?.test_clock);
  return session;
}

/** An open session. Throws 400 otherwise. */
function requireOpen(session: Session, verb = 'completed'): void {
  if (session.status === 'open') return;
  throw invalidRequest(
    `Only Checkout Sessions with a status in ["open"] can be ${verb}. This Checkout Session has a status of \`${session.status}\`.`,
    { param: 'session' },
  );
}

/** Whether the page must ask for a card: always, unless nothing is due and the session says "if required". */
export function needsCard(session: Session): boolean {
  if (session.mode === 'setup') return true;
  return (
    session.amount_total !== 0 || (session.mode === 'subscription' && session.payment_method_collection === 'always')
  );
}

/** Applies a promotion code that a person typed, or takes it off (empty). Throws 400 for a code that does not apply. */
export function applyPromotionCode(context: Context, session: Session, typed: string): Session {
  requireOpen(session);
  if (session.allow_promotion_codes !== true) {
    throw invalidRequest('This Checkout Session does not accept promotion codes.', { param: 'promotion_code' });
  }
  const customer = context.objects(customers).get(session.customer ?? '');
  const code = typed.trim();
  const found = context
    .objects(promotionCodes)
    .where('code', code.toUpperCase())
    .find((candidate) => isActive(context, candidate));
  if (code !== '' && found === undefined) {
    throw invalidRequest('This code is invalid.', { code: 'resource_missing', param: 'promotion_code' });
  }
  const chosen = found === undefined ? [] : [{ coupon: null, promotion_code: found.id }];
  return context.objects(sessions).replace(withAmounts(context, { ...session, discounts: chosen }, customer));
}

function existingCustomer(context: Context, session: Session, buyer: Buyer): Customer | undefined {
  if (session.customer === null) return undefined;
  const before = requireCustomer(context, session.customer);
  const email = before.email ?? buyer.email;
  const name = session.sandbox.updates_name && buyer.name !== null ? buyer.name : (before.name ?? null);
  if (email === before.email && name === (before.name ?? null)) return before;
  const after = context.objects(customers).update(before.id, { email, name });
  context.emitUpdated('customer.updated', before, after);
  return after;
}

/** The customer that the session completes for: the given one, else a new one where the session makes one. */
function customerFor(context: Context, session: Session, buyer: Buyer): Customer | undefined {
  const existing = existingCustomer(context, session, buyer);
  const data = session.sandbox.payment_intent_data;
  const wanted =
    session.mode === 'subscription' || session.customer_creation === 'always' || data?.setup_future_usage !== undefined;
  if (existing !== undefined || !wanted) return existing;
  return insertCustomer(context, { email: buyer.email, name: buyer.name });
}

/** Throws the card error of a refused card; all that the submission did is undone with it. */
function refuse(error: StripeErrorBody): never {
  const { type: _type, charge: _charge, payment_intent: _intent, ...shown } = error;
  throw cardError(shown);
}

function pay(context: Context, intentId: string, method: PaymentMethod, authenticated: boolean): void {
  const intent = context.objects(paymentIntents).require(intentId);
  if (method.type === 'sepa_debit') {
    debitForIntent(context, intent, method, { type: 'online' });
    return;
  }
  const outcome = payIntent(context, intent, { method, offSession: false, authenticated });
  if (outcome.status === 'failed') refuse(outcome.error);
}

function setUp(context: Context, intentId: string, method: PaymentMethod, authenticated: boolean): void {
  const intent = context.objects(setupIntents).require(intentId);
  const outcome = confirmSetup(context, intent, method, authenticated);
  if (outcome.status === 'failed') refuse(outcome.error);
}

/** Gives a new subscription its card: pays the first invoice with it, or sets it up for the later ones. */
function provideCard(context: Context, subscription: Subscription, method: PaymentMethod, passed: boolean): void {
  if (subscription.status === 'incomplete') {
    const invoice = context.objects(invoices).require(subscription.latest_invoice ?? '');
    return pay(context, invoice.sandbox.payment_intent ?? '', method, passed);
  }
  if (subscription.pending_setup_intent !== null) {
    return setUp(context, subscription.pending_setup_intent, method, passed);
  }
  const attached = markAttached(context, method, subscription.customer, true);
  saveSubscription(context, subscription, { ...subscription, default_payment_method: attached.id });
}

function completeSubscription(
  context: Context,
  session: Session,
  customer: Customer,
  submission: Submission,
): Partial<Session> {
  const created = createSubscription(context, { ...subscriptionParameters(session), customer: customer.id });
  for (const { id } of context.objects(discounts).where('subscription', created.id)) {
    context.objects(discounts).update(id, { checkout_session: session.id });
  }
  if (submission.method !== null) provideCard(context, created, submission.method, submission.authenticated === true);
  const subscription = context.objects(subscriptions).require(created.id);
  return { subscription: subscription.id, invoice: subscription.latest_invoice };
}

function completePayment(
  context: Context,
  session: Session,
  customer: Customer | undefined,
  submission: Submission,
): Partial<Session> {
  if (submission.method === null || session.amount_total === 0) return {};
  const { metadata, shipping, ...data } = session.sandbox.payment_intent_data ?? {};
  const intent = createIntent(context, {
    ...data,
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: customer?.id ?? null,
    metadata: mergeMetadata({}, metadata),
    payment_method_types: session.payment_method_types,
    shipping: shipping === undefined ? null : fullShipping(shipping),
  });
  pay(context, intent.id, submission.method, submission.authenticated === true);
  return { payment_intent: intent.id };
}

function completeSetup(
  context: Context,
  session: Session,
  customer: Customer | undefined,
  submission: Submission,
): Partial<Session> {
  const { setup_intent: id } = session;
  if (submission.method === null || id === null) return {};
  if (customer !== undefined) context.objects(setupIntents).update(id, { customer: customer.id });
  setUp(context, id, submission.method, submission.authenticated === true);
  return {};
}

/** A session takes only the types of payment methods that it names. */
function checkType(session: Session, method: PaymentMethod): void {
  if (session.payment_method_types.includes(method.type)) return;
  throw invalidRequest(
    `The payment method type ${method.type} is not among those of this Checkout Session: ` +
      `${session.payment_method_types.join(', ')}.`,
    { param: 'payment_method' },
  );
}

/** Puts what a 3-D Secure card waits with on the session. */
function waitForAuthentication(context: Context, session: Session, submission: Submission): Completion {
  const { method, email, name } = submission;
  const attempt = method === null ? null : { payment_method: method.id, email, name };
  const waiting = context.objects(sessions).update(session.id, { sandbox: { ...session.sandbox, attempt } });
  return { status: 'requires_action', session: waiting };
}

/** A bank account is debited later: until then the session is complete and unpaid. */
function paymentStatus(session: Session, method: PaymentMethod | null): string {
  if (session.mode === 'setup' || session.amount_total === 0) return 'no_payment_required';
  return method?.type === 'sepa_debit' ? 'unpaid' : 'paid';
}

function asPaid(context: Context, session: Session, customer: Customer | undefined, buyer: Buyer): Session {
  return {
    ...withAmounts(context, session, customer),
    customer: customer?.id ?? null,
    customer_details: {
      address: customer?.address ?? null,
      business_name: null,
      email: customer?.email ?? buyer.email,
      individual_name: null,
      name: buyer.name ?? customer?.name ?? null,
      phone: customer?.phone ?? null,
      tax_exempt: customer?.tax_exempt ?? 'none',
      tax_ids: [],
    },
    status: 'complete',
    sandbox: { ...session.sandbox, attempt: null },
  };
}

/**
 * Completes a session as Stripe does when the person has submitted the page: customer, payment method, subscription or
 * payment, and `checkout.session.completed`. Throws a 402 `card_error` for a refused card; the session stays open.
 */
export function completeSession(context: Context, id: string, submission: Submission): Completion {
  const session = requireSession(context, id, 'session');
  requireOpen(session);
  const buyer: Buyer = {
    email: checkedEmail(submission.email ?? session.customer_email) ?? null,
    name: submission.name,
  };
  const { method } = submission;
  if (method === null && needsCard(session)) {
    throw invalidRequest('Missing required param: payment_method.', { code: 'parameter_missing', param: 'card' });
  }
  if (method !== null) checkType(session, method);
  if (method?.type === 'card' && submission.authenticated !== true) {
    const card = testCardOf(method);
    if (needsAuthentication(card, { offSession: false, setUp: false })) {
      return waitForAuthentication(context, session, { ...submission, ...buyer });
    }
  }
  const customer = customerFor(context, session, buyer);
  const paid = asPaid(context, session, customer, buyer);
  const card = method === null ? null : ownedBy(context, method, session, buyer);
  const links = linksFor(context, paid, customer, { ...submission, method: card });
  const complete = context
    .objects(sessions)
    .replace({ ...paid, ...links, payment_status: paymentStatus(paid, method) });
  context.clearDue(SESSION_EXPIRY, complete.id);
  context.emit('checkout.session.completed', complete);
  return { status: 'complete', session: complete };
}

function linksFor(
  context: Context,
  session: Session,
  customer: Customer | undefined,
  submission: Submission,
): Partial<Session> {
  if (session.mode === 'payment') return completePayment(context, session, customer, submission);
  if (session.mode === 'setup' || customer === undefined) return completeSetup(context, session, customer, submission);
  return completeSubscription(context, session, customer, submission);
}

/** What the person did on the 3-D Secure page of a session. Failed: the session waits for another card. */
export function completeSessionAuthentication(context: Context, id: string, passed: boolean): Completion {
  const session = requireSession(context, id, 'session');
  const { attempt } = session.sandbox;
  if (attempt === null)
    throw invalidRequest('This Checkout Session waits for no 3-D Secure step.', { param: 'session' });
  const idle = context.objects(sessions).update(session.id, { sandbox: { ...session.sandbox, attempt: null } });
  if (!passed) {
    throw cardError(
      {
        code: 'payment_intent_authentication_failure',
        message:
          'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
      },
      true,
    );
  }
  const method = context.objects(paymentMethods).require(attempt.payment_method);
  return completeSession(context, idle.id, { ...attempt, method, authenticated: true });
}

/** The bank has answered the debit of a complete session: `checkout.session.async_payment_succeeded` or `…_failed`. */
export function settleSession(context: Context, intent: string, succeeded: boolean): void {
  const [session] = context.objects(sessions).where('payment_intent', intent);
  if (session === undefined || session.payment_status !== 'unpaid') return;
  if (!succeeded) {
    context.emit('checkout.session.async_payment_failed', session);
    return;
  }
  const paid = context.objects(sessions).update(session.id, { payment_status: 'paid' });
  context.emit('checkout.session.async_payment_succeeded', paid);
}

/** Expires an open session and emits `checkout.session.expired`. Throws 400 for any other. */
export function expireSession(context: Context, session: Session): Session {
  requireOpen(session, 'expired');
  const expired = context.objects(sessions).update(session.id, {
    status: 'expired',
    sandbox: { ...session.sandbox, attempt: null },
  });
  context.clearDue(SESSION_EXPIRY, session.id);
  context.emit('checkout.session.expired', expired);
  return expired;
}
