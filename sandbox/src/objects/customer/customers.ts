import { inRange, listPage } from '../../http/lists.js';
import { string, unsettable } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { addCard } from '../card/add-card.js';
import { deletedDiscount, discounts } from '../discount/discount-type.js';
import { attachPaymentMethod } from '../payment-method/attach-payment-method.js';
import { changeCustomerDiscount, endCustomerDiscount } from './change-customer-discount.js';
import { blankCustomer, withDefaultMethod, withValues } from './compute-customer.js';
import { createParameters, listParameters, updateParameters } from './customer-parameters.js';
import { customers, requireCustomer } from './customer-type.js';
import { removeCustomer } from './remove-customer.js';

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

function deletedCustomer(id: string): object {
  return { id, object: 'customer', deleted: true };
}

const deleteDiscount = route({
  method: 'DELETE',
  path: '/v1/customers/:customer/discount',
  parameters: {},
  handle({ context, path }) {
    const customer = requireCustomer(context, path.customer, 'id');
    const discount = context.objects(discounts).require(customer.discount?.id ?? '');
    endCustomerDiscount(context, customer, discount);
    return deletedDiscount(discount);
  },
});

export const customerResource: Resource = {
  types: [customers],
  routes: [create, update, retrieve, list, remove, deleteDiscount],
};
