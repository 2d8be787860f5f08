import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, hash, oneOf, required, string, unsupported } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { type Resource } from '../../http/resource.js';
import { invoicePayments } from './invoice-payment-type.js';

const listParameters = {
  ...pagination,
  created: range,
  invoice: string(),
  payment: hash({
    payment_intent: string(),
    payment_record: unsupported(),
    type: required(oneOf('payment_intent', 'payment_record')),
  } satisfies DeclaredFor<Stripe.InvoicePaymentListParams.Payment>),
  status: oneOf('canceled', 'open', 'paid'),
} satisfies DeclaredFor<Stripe.InvoicePaymentListParams>;

const list = route({
  method: 'GET',
  path: '/v1/invoice_payments',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, invoicePayments, sent, {
      url: '/v1/invoice_payments',
      among: sent.invoice === undefined ? undefined : context.objects(invoicePayments).where('invoice', sent.invoice),
      filter: (payment) =>
        inRange(payment.created, sent.created) &&
        (sent.status === undefined || payment.status === sent.status) &&
        (sent.payment?.payment_intent === undefined || payment.payment.payment_intent === sent.payment.payment_intent),
    }),
});

const retrieve = route({
  method: 'GET',
  path: '/v1/invoice_payments/:payment',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(invoicePayments).require(path.payment)),
});

export const invoicePaymentResource: Resource = { types: [invoicePayments], routes: [list, retrieve] };
