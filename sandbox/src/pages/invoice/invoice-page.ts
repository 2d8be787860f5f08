import { StripeError } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { paymentMethodOf } from '../../objects/invoice/invoice-collection.js';
import { type Invoice } from '../../objects/invoice/invoice-type.js';
import { payIntent } from '../../objects/payment-intent/pay-payment-intent.js';
import { paymentIntents } from '../../objects/payment-intent/payment-intent-type.js';
import {
  type PaymentMethod,
  paymentMethods,
  requireMethodOf,
} from '../../objects/payment-method/payment-method-type.js';
import { formatAmount } from '../../rules/currencies.js';
import { cardFields, cardFromForm, cardText, isCard } from '../card-fields.js';
import { type Html, type Part, html } from '../html.js';
import { alert, amountRow, badge, form } from '../layout.js';
import { type PageAnswer, type PageCall, type PageRoute, field } from '../page.js';
import { billedTo, datesOf, invoiceAt, isPayable, numberOf, periodText, sumsOf } from './invoice-facts.js';
import { invoicePdf } from './invoice-pdf.js';

const STATUS: Readonly<Record<string, readonly [text: string, tone: 'good' | 'warn' | 'plain']>> = {
  open: ['Open', 'warn'],
  paid: ['Paid', 'good'],
  uncollectible: ['Uncollectible', 'warn'],
  void: ['Void', 'plain'],
};

function pathOf(invoice: Invoice): string {
  return `/hosted/invoices/${invoice.sandbox.secret}`;
}

function linesTable(invoice: Invoice): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Description</th>
          <th scope="col" class="number">Qty</th>
          <th scope="col" class="number">Amount</th>
        </tr>
      </thead>
      <tbody>
        ${invoice.lines.data.map((line) => {
          const period = periodText(line);
          return html`<tr>
            <td>${line.description ?? 'Item'} ${period !== null && html`<div class="soft small">${period}</div>`}</td>
            <td class="number">${line.quantity ?? ''}</td>
            <td class="number">${formatAmount(line.amount, invoice.currency)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function facts(invoice: Invoice): Html {
  const [text, tone] = STATUS[invoice.status ?? ''] ?? ['Draft', 'plain'];
  return html`<section class="card" aria-label="Invoice">
    <h1>Invoice ${numberOf(invoice)}</h1>
    <p class="amount">${formatAmount(invoice.amount_due, invoice.currency)}</p>
    <p>${badge(text, tone)}</p>
    <dl class="rows">
      ${datesOf(invoice).map(([label, date]) => amountRow(label, date))}
      <div>
        <dt>Billed to</dt>
        <dd>${billedTo(invoice).map((part) => html`<div>${part}</div>`)}</dd>
      </div>
    </dl>
    ${linesTable(invoice)}
    <dl class="rows">
      ${sumsOf(invoice).map(([label, amount]) => amountRow(label, formatAmount(amount, invoice.currency), label === 'Amount due'))}
    </dl>
    ${invoice.footer !== null && html`<p class="soft small">${invoice.footer}</p>`}
    <p><a href="${pathOf(invoice)}/pdf">Download PDF</a></p>
  </section>`;
}

/** The customer's cards, first the one that the invoice is charged to. */
function savedCards(context: Context, invoice: Invoice): PaymentMethod[] {
  if (invoice.customer === null) return [];
  const first = paymentMethodOf(context, invoice);
  const cards = context.objects(paymentMethods).where('customer', invoice.customer).filter(isCard);
  return cards.sort((left, right) => Number(right.id === first) - Number(left.id === first));
}

function savedCardForm(call: PageCall, invoice: Invoice): Part {
  const cards = savedCards(call.context, invoice);
  if (cards.length === 0) return null;
  return html`${form(
      call,
      pathOf(invoice),
      html`<fieldset>
          <legend>Saved cards</legend>
          ${cards.map(
            (card, index) =>
              html`<label class="choice">
                <input type="radio" name="saved_card" value="${card.id}" ${index === 0 && html`checked`} required />
                ${cardText(card)}
              </label>`,
          )}
        </fieldset>
        <button class="wide" name="intent" value="saved">Pay with saved card</button>`,
    )}
    <p class="soft small divider">or pay with another card</p>`;
}

/** Why the last attempt to collect the invoice failed. */
function lastFailure(call: PageCall, invoice: Invoice): Part {
  if (call.error !== null) return alert(call);
  const intent = call.context.objects(paymentIntents).get(invoice.sandbox.payment_intent ?? '');
  const message = intent?.last_payment_error?.message;
  return message && html`<div class="alert" role="alert">${message}</div>`;
}

function payment(call: PageCall, invoice: Invoice): Html {
  return html`<section class="card" aria-label="Payment">
    <h2>Pay ${formatAmount(invoice.amount_remaining, invoice.currency)}</h2>
    ${lastFailure(call, invoice)} ${savedCardForm(call, invoice)}
    ${form(
      call,
      pathOf(invoice),
      html`${cardFields(call, { name: invoice.customer_name ?? '' })}
        <button class="wide" name="intent" value="new">Pay</button>`,
    )}
  </section>`;
}

function show(call: PageCall): PageAnswer {
  const invoice = invoiceAt(call);
  const payable = isPayable(invoice);
  return {
    title: `Invoice ${numberOf(invoice)}`,
    content: html`<main class="${payable ? '' : 'narrow'}">
      <div class="${payable ? 'columns' : ''}">${facts(invoice)} ${payable && payment(call, invoice)}</div>
    </main>`,
  };
}

/** Tries to pay with a card. A refusal is kept, as an attempt of the customer's, and shown by the page. */
function pay(call: PageCall, invoice: Invoice): PageAnswer {
  const { context } = call;
  const intent = context.objects(paymentIntents).get(invoice.sandbox.payment_intent ?? '');
  if (intent === undefined || intent.status === 'canceled' || intent.status === 'succeeded') {
    throw new StripeError(409, { type: 'invalid_request_error', message: 'This invoice cannot be paid here.' });
  }
  const saved = field(call, 'saved_card');
  const method =
    field(call, 'intent') === 'saved'
      ? requireMethodOf(context, invoice.customer ?? '', saved, 'saved_card')
      : cardFromForm(context, call, invoice.customer_email);
  const outcome = payIntent(context, intent, { method, offSession: false });
  return { redirect: outcome.status === 'requires_action' ? `/3ds/${intent.id}` : pathOf(invoice) };
}

/** The page of a finalized invoice. Sending it twice pays once: a paid invoice only shows itself. */
export const invoicePage: PageRoute = {
  path: '/hosted/invoices/:secret',
  show,
  submit(call) {
    const invoice = invoiceAt(call);
    return isPayable(invoice) ? pay(call, invoice) : { redirect: pathOf(invoice) };
  },
};

/** `invoice_pdf` of a finalized invoice. */
export const invoicePdfPage: PageRoute = {
  path: '/hosted/invoices/:secret/pdf',
  show(call) {
    const invoice = invoiceAt(call);
    return {
      fileName: `Invoice-${numberOf(invoice)}.pdf`,
      contentType: 'application/pdf',
      create: () => invoicePdf(invoice),
    };
  },
};
