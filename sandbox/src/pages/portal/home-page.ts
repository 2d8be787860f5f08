import { invoices } from '../../objects/invoice/invoice-type.js';
import { type PaymentMethod, paymentMethods } from '../../objects/payment-method/payment-method-type.js';
import { type Subscription, isTerminal, subscriptions } from '../../objects/subscription/subscription-type.js';
import { formatAmount } from '../../rules/currencies.js';
import { cardText, isCard } from '../card-fields.js';
import { type Html, type Part, html } from '../html.js';
import { alert, badge, dateText, form } from '../layout.js';
import { type PageAnswer, webUrl } from '../page.js';
import { flowPath } from './flow-path.js';
import { isInUse } from './payment-method-page.js';
import { type Portal, portalPage, section, subscriptionPath } from './portal.js';
import { cardOf, itemText, outlook, priceText, unpaidInvoicePage } from './subscription-facts.js';
import { canUpdate } from './updatable-prices.js';

const MAX_INVOICES = 24;
const GOOD = new Set(['active', 'trialing', 'paid']);
const PLAIN = new Set(['canceled', 'paused', 'void', 'draft']);

function statusBadge(status: string): Html {
  return badge(status.replaceAll('_', ' '), GOOD.has(status) ? 'good' : PLAIN.has(status) ? 'plain' : 'warn');
}

function subscriptionActions(portal: Portal, subscription: Subscription): Part {
  const { features } = portal.configuration;
  const path = subscriptionPath(portal, subscription);
  if (subscription.status === 'incomplete') return null;
  const canceling = subscription.cancel_at !== null;
  return [
    canUpdate(portal, subscription) && html`<a class="button" href="${path}/update">Update plan</a>`,
    features.subscription_cancel.enabled &&
      !canceling &&
      html`<a class="button plain" href="${path}/cancel">Cancel plan</a>`,
    features.subscription_cancel.enabled &&
      canceling &&
      form(portal.call, `${path}/renew`, html`<button>Don’t cancel plan</button>`),
  ];
}

function subscriptionEntry(portal: Portal, subscription: Subscription): Html {
  const { context } = portal.call;
  const card = subscription.status === 'incomplete' ? null : cardOf(context, subscription);
  const unpaid = unpaidInvoicePage(context, subscription);
  return html`<article class="entry">
    <div>
      ${subscription.items.data.map(
        (item) =>
          html`<div><strong>${itemText(context, item)}</strong></div>
            <div>${priceText(context, item.price, item.quantity ?? 1, subscription.currency)}</div>`,
      )}
      <div>${statusBadge(subscription.cancel_at === null ? subscription.status : 'canceling')}</div>
      <p class="soft small">
        ${outlook(subscription)} ${card !== null && html`Paid with ${card}.`}
        ${subscription.pending_update !== null && 'A change waits for its payment.'}
        ${unpaid !== null && html`<a href="${unpaid}">Pay the invoice</a>`}
      </p>
    </div>
    <div class="actions">${subscriptionActions(portal, subscription)}</div>
  </article>`;
}

function plans(portal: Portal): Html {
  const live = portal.call.context
    .objects(subscriptions)
    .where('customer', portal.customer.id)
    .filter((subscription) => !isTerminal(subscription))
    .reverse();
  return section(
    'Current plan',
    live.length === 0
      ? html`<p class="soft">There is no plan at the moment.</p>`
      : live.map((subscription) => subscriptionEntry(portal, subscription)),
  );
}

function methodEntry(portal: Portal, method: PaymentMethod): Html {
  const { call, customer, home: path } = portal;
  const text = cardText(method);
  const isDefault = customer.invoice_settings.default_payment_method === method.id;
  const makeDefault =
    !isDefault &&
    html`<button class="plain" name="intent" value="default" aria-label="Make default: ${text}">Make default</button>`;
  const remove =
    !isInUse(call.context, customer, method) &&
    html`<button class="plain" name="intent" value="remove" aria-label="Remove: ${text}">Remove</button>`;
  return html`<div class="entry">
    <div>${text} ${isDefault && badge('Default', 'good')}</div>
    ${
      !isDefault &&
      form(call, `${path}/payment-methods/${method.id}`, html`<div class="actions">${makeDefault} ${remove}</div>`)
    }
  </div>`;
}

function methods(portal: Portal): Part {
  if (!portal.configuration.features.payment_method_update.enabled) return null;
  const saved = portal.call.context.objects(paymentMethods).where('customer', portal.customer.id).filter(isCard);
  return section(
    'Payment methods',
    html`${saved.map((method) => methodEntry(portal, method))}
      <p><a class="button plain" href="${portal.home}/payment-methods">Add payment method</a></p>`,
  );
}

function billingDetails(portal: Portal): Part {
  if (!portal.configuration.features.customer_update.enabled) return null;
  const { address, email, name, phone } = portal.customer;
  const parts = [name, email, address?.line1, address?.line2, address?.postal_code, address?.city, address?.country];
  return section(
    'Billing information',
    html`${[...parts, phone].filter(Boolean).map((part) => html`<div>${part}</div>`)}
      <p><a class="button plain" href="${portal.home}/customer">Update information</a></p>`,
  );
}

function history(portal: Portal): Part {
  if (!portal.configuration.features.invoice_history.enabled) return null;
  const shown = portal.call.context
    .objects(invoices)
    .where('customer', portal.customer.id)
    .filter((invoice) => invoice.sandbox.secret !== null)
    .reverse()
    .slice(0, MAX_INVOICES);
  if (shown.length === 0) return section('Invoice history', html`<p class="soft">There are no invoices yet.</p>`);
  return section(
    'Invoice history',
    html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Date</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">Amount</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (invoice) =>
              html`<tr>
                <td>
                  <a href="/hosted/invoices/${invoice.sandbox.secret}">${dateText(invoice.created)}</a>
                  <div class="soft small">${invoice.number}</div>
                </td>
                <td>${statusBadge(invoice.status ?? 'draft')}</td>
                <td class="number">${formatAmount(invoice.total, invoice.currency)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
  );
}

/** The first page of a session. */
function home(portal: Portal): PageAnswer {
  const { call, configuration, session } = portal;
  const back = webUrl(session.return_url);
  const { headline, privacy_policy_url: privacy, terms_of_service_url: terms } = configuration.business_profile;
  return {
    title: 'Customer portal',
    content: html`<main>
      ${back !== null && html`<p><a href="${back}">← Return to the site</a></p>`}
      <h1>${headline ?? 'Your subscription and billing'}</h1>
      ${alert(call)} ${plans(portal)} ${methods(portal)} ${billingDetails(portal)} ${history(portal)}
      <p class="soft small">
        ${webUrl(terms) !== null && html`<a href="${terms}">Terms</a>`}
        ${webUrl(privacy) !== null && html`<a href="${privacy}">Privacy</a>`}
      </p>
    </main>`,
  };
}

/** Where a session begins: its flow, else the first page. */
export const portalEntry = portalPage('', (portal) => {
  const path = flowPath(portal);
  return path === null ? home(portal) : { redirect: path };
});

/** The first page of a session whose flow is done. */
export const portalHome = portalPage('/home', home);

/** What a flow shows when it is done and leads nowhere. */
export const portalDone = portalPage('/done', (portal) => {
  const message = portal.session.flow?.after_completion.hosted_confirmation?.custom_message;
  const back = webUrl(portal.session.return_url);
  return {
    title: 'Done',
    content: html`<main class="narrow">
      <div class="card">
        <h1>Done</h1>
        <p>${message ?? 'Your change has been saved.'}</p>
        ${back !== null && html`<p><a href="${back}">Return to the site</a></p>`}
      </div>
    </main>`,
  };
});
