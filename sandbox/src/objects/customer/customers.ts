import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  type Values,
  array,
  hash,
  integer,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  string,
  unsettable,
  unsupported,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { type StripeError, invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { address, changed, fullAddress } from '../common-parameters.js';
import { addCard, listCards } from '../card/cards.js';
import { changeCustomerDiscount } from './change-customer-discount.js';
import { attachPaymentMethod, requireMethodOf } from '../payment-method/create-payment-method.js';
import { type Resource } from '../../http/resource.js';

type Includable = 'subscriptions' | 'sources' | 'tax_ids' | 'tax' | 'cash_balance' | 'invoice_credit_balance';

export type Customer = Stored<Omit<Stripe.Customer, Includable>>;

const emptyList = (path: string) => (customer: Customer) => ({
  object: 'list',
  data: [],
  has_more: false,
  url: `/v1/customers/${customer.id}/${path}`,
});

export const customers = objectType<Customer>({
  object: 'customer',
  prefix: 'cus',
  keepsTombstone: true,
  indexes: { email: (customer) => customer.email, test_clock: (customer) => customer.test_clock },
  references: {
    'invoice_settings.default_payment_method': 'payment_method',
    test_clock: 'test_helpers.test_clock',
    default_source: 'card',
    'discount.source.coupon': 'coupon',
  },
  includable: {
    subscriptions: (customer, context) => liveSubscriptions(context, customer),
    sources: (customer, context) => listCards(context, customer),
    tax_ids: emptyList('tax_ids'),
    cash_balance: () => null,
    invoice_credit_balance: () => ({}),
  },
});

function liveSubscriptions(context: Context, customer: Customer): object {
  const records = context.hasType('subscription')
    ? context.byName('subscription').where('customer', customer.id).reverse()
    : [];
  const ended = new Set<unknown>(['canceled', 'incomplete_expired']);
  const live = records.filter((record) => !ended.has((record as { status?: unknown }).status));
  return {
    object: 'list',
    data: live.slice(0, 10).map((record) => context.present(record)),
    has_more: live.length > 10,
    url: `/v1/customers/${customer.id}/subscriptions`,
  };
}

const invoiceSettings = hash({
  custom_fields: unsettable(
    array(hash({ name: required(string({ max: 40 })), value: required(string({ max: 140 })) })),
  ),
  default_payment_method: unsettable(string()),
  footer: unsettable(string()),
  rendering_options: unsupported(),
});

const commonParameters = {
  address: unsettable(address),
  balance: integer(),
  business_name: unsettable(string({ max: 150 })),
  cash_balance: unsupported(),
  description: unsettable(string()),
  email: unsettable(string({ max: 512 })),
  individual_name: unsettable(string({ max: 150 })),
  invoice_prefix: string({ max: 12 }),
  invoice_settings: invoiceSettings,
  metadata: metadata(),
  name: unsettable(string({ max: 256 })),
  next_invoice_sequence: integer({ min: 1 }),
  phone: unsettable(string({ max: 20 })),
  preferred_locales: unsettable(array(string())),
  shipping: unsettable(
    hash({ address: required(address), name: required(string()), phone: unsettable(string({ max: 20 })) }),
  ),
  source: string(),
  tax: unsupported(),
  tax_exempt: unsettable(oneOf('exempt', 'none', 'reverse')),
  validate: unsupported(),
};

const createParameters = {
  ...commonParameters,
  payment_method: string(),
  tax_id_data: unsupported(),
  test_clock: string(),
} satisfies DeclaredFor<Stripe.CustomerCreateParams>;

const updateParameters = {
  ...commonParameters,
  default_source: unsupported(),
} satisfies DeclaredFor<Stripe.CustomerUpdateParams>;

const listParameters = {
  ...pagination,
  created: range,
  email: string(),
  test_clock: string(),
} satisfies DeclaredFor<Stripe.CustomerListParams>;

/** The customer that a request parameter names, and its test clock in use from here on. */
export function requireCustomer(context: Context, id: string, param = 'customer'): Customer {
  const customer = context.objects(customers).require(id, param);
  context.useTestClock(customer.test_clock);
  return customer;
}

/** The email address when it looks like one. Throws 400 `email_invalid`. */
export function checkedEmail(email: string | null | undefined): string | null | undefined {
  if (typeof email === 'string' && !/^[^\s@]+@[^\s@]+$/.test(email)) throw invalidEmail(email);
  return email;
}

function invalidEmail(email: string): StripeError {
  return invalidRequest(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'email' });
}

/** A customer without anything, as it is before the request's values are applied. */
export function blankCustomer(context: Context): Customer {
  return {
    id: context.newId('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: context.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: context.newId('', 8).slice(1).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: context.testClock,
  };
}

/** Stores a new customer and emits `customer.created`. */
export function insertCustomer(context: Context, given: Pick<Customer, 'email'> & Partial<Customer>): Customer {
  const customer = context.objects(customers).insert({ ...blankCustomer(context), ...given });
  context.emit('customer.created', customer);
  return customer;
}

function withInvoiceSettings(customer: Customer, sent: Values<typeof commonParameters>['invoice_settings']): Customer {
  if (sent === undefined) return customer;
  const current = customer.invoice_settings;
  return {
    ...customer,
    invoice_settings: {
      ...current,
      custom_fields: changed(sent.custom_fields, current.custom_fields),
      default_payment_method: changed(sent.default_payment_method, current.default_payment_method),
      footer: changed(sent.footer, current.footer),
    },
  };
}

function withValues(customer: Customer, sent: Omit<Values<typeof commonParameters>, 'source'>): Customer {
  const { shipping } = sent;
  return withInvoiceSettings(
    {
      ...customer,
      ...(typeof sent.business_name === 'string' ? { business_name: sent.business_name } : {}),
      ...(typeof sent.individual_name === 'string' ? { individual_name: sent.individual_name } : {}),
      address: changed(sent.address && fullAddress(sent.address), customer.address ?? null),
      balance: sent.balance ?? customer.balance,
      description: changed(sent.description, customer.description),
      email: changed(checkedEmail(sent.email), customer.email),
      invoice_prefix: sent.invoice_prefix ?? customer.invoice_prefix,
      metadata: mergeMetadata(customer.metadata, sent.metadata),
      name: changed(sent.name, customer.name ?? null),
      next_invoice_sequence: sent.next_invoice_sequence ?? customer.next_invoice_sequence,
      phone: changed(sent.phone, customer.phone ?? null),
      preferred_locales: sent.preferred_locales === null ? [] : (sent.preferred_locales ?? customer.preferred_locales),
      shipping: changed(
        shipping && { address: fullAddress(shipping.address), name: shipping.name, phone: shipping.phone ?? null },
        customer.shipping,
      ),
      tax_exempt: sent.tax_exempt === null ? 'none' : (sent.tax_exempt ?? customer.tax_exempt),
    },
    sent.invoice_settings,
  );
}

/**
 * Checks that the default payment method belongs to the customer. When a customer is created with a `pm_card_…` token
 * as both payment method and default, the token's new id becomes the default.
 */
function withDefaultMethod(
  context: Context,
  customer: Customer,
  sent: string | null | undefined,
  attached: { readonly id: string } | undefined,
): Customer {
  if (typeof sent !== 'string') return customer;
  const id = attached !== undefined && sent.startsWith('pm_card_') ? attached.id : sent;
  requireMethodOf(context, customer.id, id, 'invoice_settings[default_payment_method]');
  if (id === sent) return customer;
  return context
    .objects(customers)
    .update(customer.id, { invoice_settings: { ...customer.invoice_settings, default_payment_method: id } });
}

const create = route({
  method: 'POST',
  path: '/v1/customers',
  parameters: createParameters,
  olderParameters: { coupon: string() },
  handle({ context, parameters }) {
    if (parameters.test_clock !== undefined) {
      context.byName('test_helpers.test_clock').require(parameters.test_clock, 'test_clock');
      context.useTestClock(parameters.test_clock);
    }
    const { payment_method: methodId, coupon, source, ...values } = parameters;
    let customer = context.objects(customers).insert(withValues(blankCustomer(context), values));
    if (source !== undefined) customer = addCard(context, customer, source).customer;
    if (coupon !== undefined) customer = changeCustomerDiscount(context, customer, coupon);
    const method = methodId === undefined ? undefined : attachPaymentMethod(context, methodId, customer.id);
    const created = withDefaultMethod(context, customer, parameters.invoice_settings?.default_payment_method, method);
    context.emit('customer.created', created);
    return context.present(created);
  },
});

const update = route({
  method: 'POST',
  path: '/v1/customers/:customer',
  parameters: updateParameters,
  olderParameters: { coupon: unsettable(string()) },
  handle({ context, path, parameters: { coupon, source, ...parameters } }) {
    const before = requireCustomer(context, path.customer, 'id');
    let updated = context.objects(customers).replace(withValues(before, parameters));
    if (source !== undefined) updated = addCard(context, updated, source, { makeDefault: true }).customer;
    if (coupon !== undefined) updated = changeCustomerDiscount(context, updated, coupon);
    const after = withDefaultMethod(context, updated, parameters.invoice_settings?.default_payment_method, undefined);
    context.emitUpdated('customer.updated', before, after);
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/customers/:customer',
  parameters: {},
  handle({ context, path }) {
    if (context.objects(customers).isDeleted(path.customer)) return deletedCustomer(path.customer);
    return context.present(context.objects(customers).require(path.customer));
  },
});

const list = route({
  method: 'GET',
  path: '/v1/customers',
  parameters: listParameters,
  handle: ({ context, parameters }) =>
    listPage(context, customers, parameters, {
      url: '/v1/customers',
      among: parameters.email === undefined ? undefined : context.objects(customers).where('email', parameters.email),
      filter: (customer) =>
        inRange(customer.created, parameters.created) &&
        (parameters.test_clock === undefined
          ? (customer.test_clock ?? null) === null || parameters.email !== undefined
          : customer.test_clock === parameters.test_clock),
    }),
});

const remove = route({
  method: 'DELETE',
  path: '/v1/customers/:customer',
  parameters: {},
  handle({ context, path }) {
    removeCustomer(context, requireCustomer(context, path.customer, 'id'));
    return deletedCustomer(path.customer);
  },
});

/** Removes a customer and what belongs to it; emits `customer.deleted`. */
export function removeCustomer(context: Context, customer: Customer): void {
  context.beforeRemoval(customer);
  const current = context.objects(customers).require(customer.id);
  context.objects(customers).remove(customer.id);
  context.emit('customer.deleted', current);
}

function deletedCustomer(id: string): object {
  return { id, object: 'customer', deleted: true };
}

export const customerResource: Resource = { types: [customers], routes: [create, update, retrieve, list, remove] };
