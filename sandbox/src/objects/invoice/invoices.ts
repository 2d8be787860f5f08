import type Stripe from 'stripe';
import { StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { arrayPage, inRange, listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, boolean } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { advanceInvoice } from './advance-invoice.js';
import { markUncollectible, voidInvoice } from './close-invoice.js';
import { createManualInvoice } from './create-invoice.js';
import { previewRoute } from './create-preview.js';
import { dunningSettings } from './dunning-settings.js';
import { finalizeInvoice } from './finalize-invoice.js';
import { attemptPayment, cancelPayment, resolveMethodFor } from './invoice-collection.js';
import {
  type PayParameters,
  createParameters,
  listParameters,
  payParameters,
  updateParameters,
} from './invoice-parameters.js';
import { type Invoice, invoiceLines, invoices, requireInvoice, subscriptionIdOf } from './invoice-type.js';
import { onPaymentFailed, onPaymentSucceeded } from './on-payment.js';
import { INVOICE_DUE } from './save-invoice.js';
import { settleInvoice } from './settle-invoice.js';
import { releaseItems, updateInvoice } from './update-invoice.js';

const path = '/v1/invoices/:invoice';

function requireStatus(invoice: Invoice, ...allowed: string[]): Invoice {
  if (allowed.includes(invoice.status ?? '')) return invoice;
  const message =
    invoice.status === 'paid'
      ? 'Invoice is already paid'
      : `You can only do this with an invoice whose status is ${allowed.join(' or ')}; this one is ${invoice.status}.`;
  throw invalidRequest(message, { code: 'invoice_not_editable' });
}

const create = route({
  method: 'POST',
  path: '/v1/invoices',
  parameters: createParameters,
  handle: ({ context, parameters }) => context.present(createManualInvoice(context, parameters)),
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(requireInvoice(context, names.invoice)),
});

const update = route({
  method: 'POST',
  path,
  parameters: updateParameters,
  handle: ({ context, path: names, parameters }) =>
    context.present(updateInvoice(context, requireInvoice(context, names.invoice), parameters)),
});

const remove = route({
  method: 'DELETE',
  path,
  parameters: {},
  handle({ context, path: names }) {
    const draft = requireStatus(requireInvoice(context, names.invoice), 'draft');
    if (draft.parent !== null) {
      throw invalidRequest('You cannot delete an invoice that was created by a subscription. Void it instead.', {
        code: 'invoice_not_editable',
      });
    }
    releaseItems(context, draft);
    context.objects(invoices).remove(draft.id);
    context.emit('invoice.deleted', draft);
    return { id: draft.id, object: 'invoice', deleted: true };
  },
});

const list = route({
  method: 'GET',
  path: '/v1/invoices',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, invoices, sent, {
      url: '/v1/invoices',
      among: amongInvoices(context, sent.subscription, sent.customer),
      filter: (invoice) =>
        (sent.customer === undefined || invoice.customer === sent.customer) &&
        (sent.subscription === undefined || subscriptionIdOf(invoice) === sent.subscription) &&
        (sent.status === undefined || invoice.status === sent.status) &&
        (sent.collection_method === undefined || invoice.collection_method === sent.collection_method) &&
        inRange(invoice.created, sent.created) &&
        inRange(invoice.due_date, sent.due_date),
    }),
});

function amongInvoices(context: Context, subscription: string | undefined, customer: string | undefined) {
  if (subscription !== undefined) return context.objects(invoices).where('subscription', subscription);
  return customer === undefined ? undefined : context.objects(invoices).where('customer', customer);
}

const lines = route({
  method: 'GET',
  path: `${path}/lines`,
  parameters: pagination,
  handle({ context, path: names, parameters }) {
    const invoice = requireInvoice(context, names.invoice);
    return arrayPage(invoice.lines.data, parameters, `/v1/invoices/${invoice.id}/lines`);
  },
});

const finalize = route({
  method: 'POST',
  path: `${path}/finalize`,
  parameters: { auto_advance: boolean() } satisfies DeclaredFor<Stripe.InvoiceFinalizeInvoiceParams>,
  handle({ context, path: names, parameters }) {
    const draft = requireStatus(requireInvoice(context, names.invoice), 'draft');
    return context.present(finalizeInvoice(context, draft, parameters.auto_advance ?? draft.auto_advance));
  },
});

/** Pays an open invoice; a declined card is a 402 that keeps the failed attempt. */
function pay(context: Context, found: Invoice, sent: PayParameters): Invoice {
  const invoice = found.status === 'draft' ? finalizeInvoice(context, found) : found;
  if (found.status === 'draft' && invoice.status === 'paid') return invoice;
  requireStatus(invoice, 'open', 'uncollectible');
  if (sent.paid_out_of_band === true) {
    cancelPayment(context, invoice);
    return settleInvoice(context, context.objects(invoices).require(invoice.id), {
      paymentMethod: null,
      outOfBand: true,
    });
  }
  const method = sent.payment_method === undefined ? null : resolveMethodFor(context, invoice, sent.payment_method);
  const attempt = attemptPayment(context, invoice, {
    offSession: sent.off_session ?? true,
    ...(method === null ? {} : { paymentMethod: method }),
  });
  if (attempt.status === 'no_payment_method') {
    throw invalidRequest(
      'There is no `default_payment_method` set on this Customer or Invoice. Please set a default payment method and try again.',
      { code: 'invoice_payment_intent_requires_action' },
    );
  }
  if (attempt.status === 'requires_action') {
    throw new StripeError(
      402,
      {
        type: 'card_error',
        code: 'invoice_payment_intent_requires_action',
        message:
          'This payment requires additional user action before it can be completed successfully. Payment can be completed ' +
          'using the PaymentIntent associated with the invoice.',
      },
      true,
    );
  }
  if (attempt.status === 'failed') throw new StripeError(402, attempt.error, true);
  return context.objects(invoices).require(invoice.id);
}

const payRoute = route({
  method: 'POST',
  path: `${path}/pay`,
  parameters: payParameters,
  handle: ({ context, path: names, parameters }) =>
    context.present(pay(context, requireInvoice(context, names.invoice), parameters)),
});

const voidRoute = route({
  method: 'POST',
  path: `${path}/void`,
  parameters: {},
  handle: ({ context, path: names }) =>
    context.present(
      voidInvoice(context, requireStatus(requireInvoice(context, names.invoice), 'open', 'uncollectible')),
    ),
});

const markRoute = route({
  method: 'POST',
  path: `${path}/mark_uncollectible`,
  parameters: {},
  handle: ({ context, path: names }) =>
    context.present(
      markUncollectible(context, requireStatus(requireInvoice(context, names.invoice), 'open'), 'user_forgiven'),
    ),
});

const send = route({
  method: 'POST',
  path: `${path}/send`,
  parameters: {},
  handle({ context, path: names }) {
    const found = requireStatus(requireInvoice(context, names.invoice), 'draft', 'open');
    const invoice = found.status === 'draft' ? finalizeInvoice(context, found) : found;
    context.emit('invoice.sent', invoice);
    return context.present(invoice);
  },
});

export const invoiceResource: Resource = {
  types: [invoices, invoiceLines, dunningSettings],
  routes: [previewRoute, create, retrieve, update, remove, list, lines, finalize, payRoute, voidRoute, markRoute, send],
  due: { [INVOICE_DUE]: (context, id) => advanceInvoice(context, id) },
  onEvent: {
    'payment_intent.succeeded': onPaymentSucceeded,
    'payment_intent.payment_failed': onPaymentFailed,
  },
};
