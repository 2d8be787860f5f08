import { cardError, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { portalSessions } from '../../objects/billing-portal-session/billing-portal-session-type.js';
import { type Customer, customers } from '../../objects/customer/customer-type.js';
import { detachPaymentMethod } from '../../objects/payment-method/detach-payment-method.js';
import { type PaymentMethod, requireMethodOf } from '../../objects/payment-method/payment-method-type.js';
import { confirmSetup } from '../../objects/setup-intent/confirm-setup-intent.js';
import { createSetupIntent } from '../../objects/setup-intent/create-setup-intent.js';
import { type SetupIntent, setupIntents } from '../../objects/setup-intent/setup-intent-type.js';
import { saveSubscription } from '../../objects/subscription/save-subscription.js';
import { isTerminal, subscriptions } from '../../objects/subscription/subscription-type.js';
import { cardFields, cardFromForm } from '../card-fields.js';
import { html } from '../html.js';
import { form } from '../layout.js';
import { type PageAnswer, field } from '../page.js';
import { type Portal, after, portalPage, requireFeature, taskPage } from './portal.js';

/** Whether a card is the customer's default or that of a running subscription. */
export function isInUse(context: Context, customer: Customer, method: PaymentMethod): boolean {
  if (customer.invoice_settings.default_payment_method === method.id) return true;
  return context
    .objects(subscriptions)
    .where('customer', customer.id)
    .some((subscription) => !isTerminal(subscription) && subscription.default_payment_method === method.id);
}

/** Makes a card the one that the customer's invoices are charged to. */
function makeDefault({ call: { context }, customer: { id } }: Portal, method: string): void {
  const before = context.objects(customers).require(id);
  const after = context.objects(customers).update(id, {
    invoice_settings: { ...before.invoice_settings, default_payment_method: method },
  });
  context.emitUpdated('customer.updated', before, after);
  for (const subscription of context.objects(subscriptions).where('customer', id)) {
    if (isTerminal(subscription) || subscription.default_payment_method === null) continue;
    saveSubscription(context, subscription, { ...subscription, default_payment_method: method });
  }
}

/** The set-up intent that the page completes: the one it began with, until that has saved a card. */
function intentOf(portal: Portal): SetupIntent {
  const { context } = portal.call;
  const { sandbox } = portal.session;
  const current = context.objects(setupIntents).get(sandbox.setup_intent ?? '');
  if (current !== undefined && current.status !== 'succeeded' && current.status !== 'canceled') return current;
  const made = createSetupIntent(context, {
    customer: portal.customer.id,
    usage: 'off_session',
    return_url: `${context.url}${portal.home}/payment-methods/added`,
  });
  context.objects(portalSessions).update(portal.session.id, { sandbox: { ...sandbox, setup_intent: made.id } });
  return made;
}

function show(portal: Portal): PageAnswer {
  requireFeature(portal, 'payment_method_update');
  const intent = intentOf(portal);
  return taskPage(
    portal,
    'Add a payment method',
    form(
      portal.call,
      `${portal.home}/payment-methods`,
      html`<input type="hidden" name="setup_intent" value="${intent.id}" />
        ${cardFields(portal.call, { name: portal.customer.name ?? '' })}
        <p class="soft small">It becomes the card that your invoices are charged to.</p>
        <button class="wide">Save card</button>`,
    ),
  );
}

/** The form's set-up intent; one that has succeeded says that the form was sent before. */
function sentIntent({ call, customer }: Portal): SetupIntent {
  const intent = call.context.objects(setupIntents).get(field(call, 'setup_intent'));
  if (intent?.customer === customer.id && intent.status !== 'canceled') return intent;
  throw invalidRequest('This page was out of date. Please send it again.');
}

function save(portal: Portal): PageAnswer {
  requireFeature(portal, 'payment_method_update');
  const { context } = portal.call;
  const intent = sentIntent(portal);
  if (intent.status === 'succeeded') return after(portal, 'payment_method_update');
  const method = cardFromForm(context, portal.call, portal.customer.email);
  const outcome = confirmSetup(context, intent, method);
  if (outcome.status === 'requires_action') return { redirect: `/3ds/${intent.id}` };
  if (outcome.status === 'failed') {
    const { type: _type, ...shown } = outcome.error;
    throw cardError(shown, true);
  }
  makeDefault(portal, method.id);
  return after(portal, 'payment_method_update');
}

export const paymentMethodsPage = portalPage('/payment-methods', show, save);

/** Back from the 3-D Secure step: the new card becomes the default, or the page says why it was not saved. */
export const paymentMethodAddedPage = portalPage('/payment-methods/added', (portal) => {
  requireFeature(portal, 'payment_method_update');
  const { context } = portal.call;
  const intent = context.objects(setupIntents).get(portal.session.sandbox.setup_intent ?? '');
  const method = intent?.status === 'succeeded' ? intent.payment_method : null;
  if (method === null) return show({ ...portal, call: { ...portal.call, error: intent ? failureOf(intent) : null } });
  const { sandbox } = portal.session;
  context.objects(portalSessions).update(portal.session.id, { sandbox: { ...sandbox, setup_intent: null } });
  makeDefault(portal, method);
  return after(portal, 'payment_method_update');
});

function failureOf({ last_setup_error: error }: SetupIntent): Portal['call']['error'] {
  return error === null ? null : { type: 'card_error', message: error.message ?? 'The card was not saved.' };
}

/** Makes a saved card the default, or removes it. */
export const savedMethodPage = portalPage(
  '/payment-methods/:method',
  (portal) => ({ redirect: portal.first }),
  (portal) => {
    requireFeature(portal, 'payment_method_update');
    const { call, customer } = portal;
    const id = call.names.method ?? '';
    const method = requireMethodOf(call.context, customer.id, id, 'payment_method');
    if (field(call, 'intent') === 'default') makeDefault(portal, method.id);
    else if (isInUse(call.context, customer, method)) {
      throw invalidRequest('This card is in use and cannot be removed. Make another card the default first.');
    } else detachPaymentMethod(call.context, method);
    return { redirect: portal.first };
  },
);
