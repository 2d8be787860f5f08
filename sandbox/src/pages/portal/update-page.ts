import { StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { voidInvoice } from '../../objects/invoice/close-invoice.js';
import { preview } from '../../objects/invoice/create-preview.js';
import { type Invoice, invoices } from '../../objects/invoice/invoice-type.js';
import { type PaymentIntent, paymentIntents } from '../../objects/payment-intent/payment-intent-type.js';
import { type Subscription } from '../../objects/subscription/subscription-type.js';
import { updateSubscription } from '../../objects/subscription/update-subscription.js';
import { formatAmount } from '../../rules/currencies.js';
import { type Html, html } from '../html.js';
import { amountRow, dateText, form, textField } from '../layout.js';
import { type PageAnswer, type PageCall, field, withQuery } from '../page.js';
import {
  type Portal,
  after,
  portalPage,
  requireFeature,
  subscriptionAt,
  subscriptionPath,
  taskPage,
} from './portal.js';
import { priceText, productName } from './subscription-facts.js';
import { type Option, allows, canUpdate, optionsFor } from './updatable-prices.js';

const PRORATIONS = ['always_invoice', 'create_prorations', 'none'] as const;
const FLOWS = ['subscription_update', 'subscription_update_confirm'];

function requireUpdatable(portal: Portal): Subscription {
  requireFeature(portal, 'subscription_update');
  const subscription = subscriptionAt(portal);
  if (canUpdate(portal, subscription)) return subscription;
  throw invalidRequest('This plan cannot be changed here.');
}

function optionField(portal: Portal, subscription: Subscription, { price }: Option): Html {
  const { context } = portal.call;
  const item = subscription.items.data[0];
  const isCurrent = item?.price.id === price.id;
  return html`<label class="choice">
    <input type="radio" name="price" value="${price.id}" ${isCurrent && html`checked`} required />
    <span
      >${productName(context, price)},
      ${priceText(context, price, item?.quantity ?? 1, subscription.currency)}${isCurrent && ' (current)'}</span
    >
  </label>`;
}

function choose(portal: Portal): PageAnswer {
  const subscription = requireUpdatable(portal);
  const quantity = subscription.items.data[0]?.quantity;
  return taskPage(
    portal,
    'Update your plan',
    form(
      portal.call,
      portal.call.path,
      html`<fieldset>
          <legend>Plans</legend>
          ${optionsFor(portal, subscription).map((option) => optionField(portal, subscription, option))}
        </fieldset>
        ${
          allows(portal, 'quantity') &&
          quantity !== undefined &&
          textField(portal.call, {
            name: 'quantity',
            label: 'Quantity',
            type: 'number',
            value: portal.call.form.get('quantity') ?? String(quantity),
            max: 9,
          })
        }
        <button class="wide">Continue</button>`,
    ),
  );
}

interface Choice {
  readonly option: Option;
  readonly quantity: number | undefined;
}

/** What was chosen. Throws 400 for a price or a quantity that the configuration does not offer. */
function chosen(portal: Portal, subscription: Subscription, priceId: string, sentQuantity: string): Choice {
  const item = subscription.items.data[0];
  const wanted = priceId === '' ? item?.price.id : priceId;
  const option = optionsFor(portal, subscription).find(({ price }) => price.id === wanted);
  if (option === undefined) throw invalidRequest('Please choose one of the plans.', { param: 'price' });
  if (option.price.recurring?.usage_type === 'metered') return { option, quantity: undefined };
  const current = item?.quantity ?? 1;
  const quantity = sentQuantity === '' ? current : Number(sentQuantity);
  const { maximum, minimum } = option.quantity;
  const offered = allows(portal, 'quantity') && option.quantity.enabled;
  const fits = quantity >= minimum && quantity <= (maximum ?? 999_999_999);
  if (!Number.isInteger(quantity) || (quantity !== current && (!offered || !fits))) {
    throw invalidRequest('This quantity is not offered.', { param: 'quantity' });
  }
  return { option, quantity };
}

function confirmPath(portal: Portal, subscription: Subscription, { option, quantity }: Choice): string {
  const { url } = portal.call.context;
  return withQuery(`${url}${subscriptionPath(portal, subscription)}/confirm`, {
    price: option.price.id,
    ...(quantity === undefined ? {} : { quantity: String(quantity) }),
  }).slice(url.length);
}

/** The change as the parameters of an update have it. */
function change(portal: Portal, subscription: Subscription, { option, quantity }: Choice) {
  const settings = portal.configuration.features.subscription_update;
  const endsTrial = subscription.status === 'trialing' && settings.trial_update_behavior === 'end_trial';
  return {
    items: [
      {
        id: subscription.items.data[0]?.id ?? '',
        price: option.price.id,
        ...(quantity === undefined ? {} : { quantity }),
      },
    ],
    proration_behavior: PRORATIONS.find((known) => known === settings.proration_behavior) ?? 'none',
    ...(settings.billing_cycle_anchor === 'now' ? { billing_cycle_anchor: { type: 'now' as const } } : {}),
    ...(endsTrial ? { trial_end: 'now' as const } : {}),
  };
}

function isSame(subscription: Subscription, { option, quantity }: Choice): boolean {
  const item = subscription.items.data[0];
  return item?.price.id === option.price.id && (quantity === undefined || item.quantity === quantity);
}

/** What is due now, or with the next invoice. */
function dueRows(portal: Portal, subscription: Subscription, choice: Choice): Html {
  const { context } = portal.call;
  const now = context.now();
  const invoice = preview(context, {
    subscription: subscription.id,
    subscription_details: change(portal, subscription, choice),
  });
  const isNow = invoice.created <= now;
  const due = formatAmount(invoice.amount_due, invoice.currency);
  return html`<dl class="rows">
    ${invoice.lines.data.map((line) => amountRow(line.description ?? 'Item', formatAmount(line.amount, invoice.currency)))}
    ${isNow ? amountRow('Due today', due, true) : amountRow(`Due on ${dateText(invoice.period_end)}`, due, true)}
  </dl>`;
}

/** What the form says, or the address of the page when no form was sent. */
function sent(call: PageCall, name: string): string {
  return call.form.get(name) ?? call.query.get(name) ?? '';
}

function confirm(portal: Portal): PageAnswer {
  const { call } = portal;
  const subscription = requireUpdatable(portal);
  const choice = chosen(portal, subscription, sent(call, 'price'), sent(call, 'quantity'));
  const { price } = choice.option;
  const times = choice.quantity === undefined || choice.quantity === 1 ? '' : ` × ${choice.quantity}`;
  return taskPage(
    portal,
    'Confirm your change',
    html`<p>
        <strong>${productName(call.context, price)}${times}</strong><br />
        ${priceText(call.context, price, choice.quantity ?? 1, subscription.currency)}
      </p>
      ${
        isSame(subscription, choice)
          ? html`<p class="soft">This is your current plan.</p>`
          : html`${dueRows(portal, subscription, choice)}
            ${form(
              call,
              call.path,
              html`<input type="hidden" name="price" value="${price.id}" />
                <input type="hidden" name="quantity" value="${choice.quantity ?? ''}" />
                <button class="wide">Confirm</button>`,
            )}`
      }`,
  );
}

/** The invoice of a change that waits for its payment, and what pays it. */
function waitingPayment(
  portal: Portal,
  subscription: Subscription,
): { invoice: Invoice; intent: PaymentIntent } | null {
  const { context } = portal.call;
  if (subscription.pending_update === null) return null;
  const invoice = context.objects(invoices).get(subscription.latest_invoice ?? '');
  const intent = context.objects(paymentIntents).get(invoice?.sandbox.payment_intent ?? '');
  return invoice === undefined || intent === undefined ? null : { invoice, intent };
}

/** Leads to the 3-D Secure step, which comes back to the portal. */
function authenticate(portal: Portal, subscription: Subscription, intent: PaymentIntent): PageAnswer {
  const { context } = portal.call;
  const return_url = `${context.url}${subscriptionPath(portal, subscription)}/updated`;
  context.objects(paymentIntents).update(intent.id, {
    next_action: {
      type: 'redirect_to_url',
      redirect_to_url: { return_url, url: `${context.url}/3ds/${intent.id}` },
    },
    sandbox: { ...intent.sandbox, return_url },
  });
  return { redirect: `/3ds/${intent.id}` };
}

/** Changes the plan. A declined card changes nothing; 3-D Secure comes first where the card asks for it. */
function apply(portal: Portal): PageAnswer {
  const { call } = portal;
  const subscription = requireUpdatable(portal);
  const choice = chosen(portal, subscription, field(call, 'price'), field(call, 'quantity'));
  if (isSame(subscription, choice)) return after(portal, ...FLOWS);
  const updated = updateSubscription(call.context, subscription, {
    ...change(portal, subscription, choice),
    payment_behavior: 'pending_if_incomplete',
  });
  const waiting = waitingPayment(portal, updated);
  if (waiting === null) return after(portal, ...FLOWS);
  if (waiting.intent.status === 'requires_action') return authenticate(portal, updated, waiting.intent);
  voidInvoice(call.context, waiting.invoice);
  const { code, decline_code: declineCode, message } = waiting.intent.last_payment_error ?? {};
  throw new StripeError(
    402,
    {
      type: 'card_error',
      message: message ?? 'The plan was not changed: there is no card to charge. Please add one first.',
      ...(code === undefined ? {} : { code }),
      ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    },
    true,
  );
}

export const updatePage = portalPage('/subscriptions/:subscription/update', choose, (portal) => {
  const subscription = requireUpdatable(portal);
  const choice = chosen(portal, subscription, field(portal.call, 'price'), field(portal.call, 'quantity'));
  return { redirect: confirmPath(portal, subscription, choice) };
});

export const confirmPage = portalPage('/subscriptions/:subscription/confirm', confirm, apply);

/** Back from the 3-D Secure step of a change; one whose step failed waits for its payment. */
export const updatedPage = portalPage('/subscriptions/:subscription/updated', (portal) =>
  subscriptionAt(portal).pending_update === null ? after(portal, ...FLOWS) : { redirect: portal.first },
);
