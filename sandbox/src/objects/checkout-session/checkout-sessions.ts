import { arrayPage, inRange, listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, mergeMetadata } from '../../http/parameters.js';
import { route } from '../../http/router.js';
import type Stripe from 'stripe';
import { cardOrDebit } from '../common-parameters.js';
import { type Resource } from '../../http/resource.js';
import { expireSession, requireSession, settleSession } from './complete-checkout-session.js';
import { SESSION_EXPIRY, createSession } from './create-checkout-session.js';
import { confirmPaymentPage, showPaymentPage } from './payment-pages.js';
import { createSessionShape, listSessionShape, updateSessionShape } from './checkout-session-parameters.js';
import { sessionLines, sessions } from './checkout-session-type.js';

const url = '/v1/checkout/sessions';
const path = `${url}/:session` as const;

const create = route({
  method: 'POST',
  path: url,
  parameters: createSessionShape,
  olderParameters: cardOrDebit,
  handle: ({ context, parameters: { payment_method_types: types, ...parameters } }) =>
    context.present(createSession(context, parameters, types)),
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(requireSession(context, names.session)),
});

const update = route({
  method: 'POST',
  path,
  parameters: updateSessionShape,
  handle({ context, path: names, parameters: sent }) {
    const session = requireSession(context, names.session);
    const metadata = mergeMetadata(session.metadata ?? {}, sent.metadata);
    return context.present(context.objects(sessions).update(session.id, { metadata }));
  },
});

const list = route({
  method: 'GET',
  path: url,
  parameters: listSessionShape,
  handle: ({ context, parameters: sent }) =>
    listPage(context, sessions, sent, {
      url,
      among: sent.customer === undefined ? undefined : context.objects(sessions).where('customer', sent.customer),
      filter: (session) =>
        inRange(session.created, sent.created) &&
        (sent.status === undefined || session.status === sent.status) &&
        (sent.subscription === undefined || session.subscription === sent.subscription) &&
        (sent.payment_intent === undefined || session.payment_intent === sent.payment_intent) &&
        (sent.customer_details === undefined || session.customer_details?.email === sent.customer_details.email),
    }),
});

const expire = route({
  method: 'POST',
  path: `${path}/expire`,
  parameters: {} satisfies DeclaredFor<Stripe.Checkout.SessionExpireParams>,
  handle: ({ context, path: names }) => context.present(expireSession(context, requireSession(context, names.session))),
});

const lineItems = route({
  method: 'GET',
  path: `${path}/line_items`,
  parameters: pagination satisfies DeclaredFor<Stripe.Checkout.SessionListLineItemsParams>,
  handle({ context, path: names, parameters }) {
    const session = requireSession(context, names.session);
    return arrayPage(session.sandbox.lines, parameters, `${url}/${session.id}/line_items`);
  },
});

export const checkoutSessionResource: Resource = {
  types: [sessions, sessionLines],
  routes: [create, retrieve, update, list, expire, lineItems, showPaymentPage, confirmPaymentPage],
  onEvent: {
    'payment_intent.succeeded': (context, intent) => settleSession(context, intent.id, true),
    'payment_intent.payment_failed': (context, intent) => settleSession(context, intent.id, false),
  },
  due: { [SESSION_EXPIRY]: (context, id) => void expireSession(context, requireSession(context, id)) },
};
