import type Stripe from 'stripe';
import { invalidRequest, resourceMissing } from '../../errors/stripe-error.js';
import { listPage } from '../../http/lists.js';
import { type DeclaredFor, type Values, mergeMetadata, required, string, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { customers, requireCustomer } from '../customer/customer-type.js';
import { attachPaymentMethod } from './attach-payment-method.js';
import {
  cardFromParameters,
  checkTypeFields,
  debitFromParameters,
  mergeBillingDetails,
  resolvePaymentMethod,
} from './create-payment-method.js';
import { detachPaymentMethod } from './detach-payment-method.js';
import {
  createParameters,
  customerListParameters,
  listParameters,
  updateParameters,
} from './payment-method-parameters.js';
import { type PaymentMethod, NO_BILLING_DETAILS, cardOf, paymentMethods } from './payment-method-type.js';

const create = route({
  method: 'POST',
  path: '/v1/payment_methods',
  parameters: createParameters,
  publishable: true,
  handle({ context, parameters: sent }) {
    const { type } = sent;
    const given = {
      billing_details: mergeBillingDetails(NO_BILLING_DETAILS, sent.billing_details),
      ...(sent.metadata === undefined ? {} : { metadata: sent.metadata }),
      ...(sent.allow_redisplay === undefined ? {} : { allow_redisplay: sent.allow_redisplay }),
    };
    checkTypeFields(sent);
    const method =
      type === 'card' ? cardFromParameters(context, sent.card, given) : debitFromParameters(context, sent, given);
    return context.present(
      sent.customer === undefined ? method : attachPaymentMethod(context, method.id, sent.customer),
    );
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/payment_methods/:payment_method',
  parameters: {},
  /** A test token can be read like a payment method; each read of it is another one, as at Stripe. */
  handle: ({ context, path: { payment_method: id } }) =>
    context.present(
      id.startsWith('pm_card_') ? resolvePaymentMethod(context, id) : context.objects(paymentMethods).require(id),
    ),
});

const update = route({
  method: 'POST',
  path: '/v1/payment_methods/:payment_method',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(paymentMethods).require(path.payment_method);
    if (before.customer === null) {
      throw invalidRequest('You must save this PaymentMethod to a customer before you can update it.');
    }
    const after = context.objects(paymentMethods).update(before.id, {
      allow_redisplay: sent.allow_redisplay ?? before.allow_redisplay,
      billing_details: mergeBillingDetails(before.billing_details, sent.billing_details),
      ...(sent.card === undefined ? {} : { card: changedCard(before, sent.card) }),
      metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
    });
    context.emitUpdated('payment_method.updated', before, after);
    return context.present(after);
  },
});

function changedCard(before: PaymentMethod, sent: { exp_month?: number; exp_year?: number }): PaymentMethod['card'] {
  const card = cardOf(before);
  return { ...card, exp_month: sent.exp_month ?? card.exp_month, exp_year: sent.exp_year ?? card.exp_year };
}

const attach = route({
  method: 'POST',
  path: '/v1/payment_methods/:payment_method/attach',
  parameters: {
    customer: required(string()),
    customer_account: unsupported(),
  } satisfies DeclaredFor<Stripe.PaymentMethodAttachParams>,
  handle: ({ context, path, parameters }) =>
    context.present(attachPaymentMethod(context, path.payment_method, parameters.customer)),
});

const detach = route({
  method: 'POST',
  path: '/v1/payment_methods/:payment_method/detach',
  parameters: {},
  handle({ context, path }) {
    const method = context.objects(paymentMethods).require(path.payment_method);
    if (method.customer !== null) return context.present(detachPaymentMethod(context, method));
    throw invalidRequest('The payment method you provided is not attached to a customer so detachment is impossible.', {
      param: 'payment_method',
    });
  },
});

function listFor(
  context: Context,
  customer: string | undefined,
  sent: Values<typeof customerListParameters>,
  url: string,
): object {
  if (customer !== undefined) context.objects(customers).require(customer, 'customer');
  return listPage(context, paymentMethods, sent, {
    url,
    among: customer === undefined ? undefined : context.objects(paymentMethods).where('customer', customer),
    filter: (method) =>
      (customer !== undefined || method.customer !== null) &&
      (sent.type === undefined || method.type === sent.type) &&
      (sent.allow_redisplay === undefined || method.allow_redisplay === sent.allow_redisplay),
  });
}

const list = route({
  method: 'GET',
  path: '/v1/payment_methods',
  parameters: listParameters,
  handle: ({ context, parameters }) => listFor(context, parameters.customer, parameters, '/v1/payment_methods'),
});

const listOfCustomer = route({
  method: 'GET',
  path: '/v1/customers/:customer/payment_methods',
  parameters: customerListParameters,
  handle: ({ context, path, parameters }) =>
    listFor(context, path.customer, parameters, `/v1/customers/${path.customer}/payment_methods`),
});

const retrieveOfCustomer = route({
  method: 'GET',
  path: '/v1/customers/:customer/payment_methods/:payment_method',
  parameters: {},
  handle({ context, path }) {
    const customer = requireCustomer(context, path.customer);
    const method = context.objects(paymentMethods).require(path.payment_method);
    if (method.customer !== customer.id) throw resourceMissing('PaymentMethod', path.payment_method);
    return context.present(method);
  },
});

export const paymentMethodResource: Resource = {
  types: [paymentMethods],
  routes: [create, retrieve, update, attach, detach, list, listOfCustomer, retrieveOfCustomer],
  beforeRemoval: {
    customer(context, customer) {
      for (const method of context.objects(paymentMethods).where('customer', customer.id)) {
        detachPaymentMethod(context, method);
      }
    },
  },
};
