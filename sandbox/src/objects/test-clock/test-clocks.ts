import type Stripe from 'stripe';
import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, required, string, timestamp } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { SECONDS_PER_DAY } from '../../rules/billing-cycle.js';
import { type Customer, customers, requireCustomer } from '../customer/customer-type.js';
import { removeCustomer } from '../customer/remove-customer.js';
import { arrive, startAdvancing, targetOf } from './advance-test-clock.js';
import { type TestClock, testClocks } from './test-clock-type.js';

/** Stripe deletes a clock after 30 days; here it stays until it is deleted, however far the sandbox is advanced. */
const KEPT_SECONDS = 30 * SECONDS_PER_DAY;
/** What a customer may not have yet when it is attached to a clock: these follow the time at which they were made. */
const BOUND_TO_TIME = ['subscription', 'subscription_schedule', 'invoice', 'invoiceitem'];

const path = '/v1/test_helpers/test_clocks/:clock';

/** The customer that a new test clock takes over; `undefined` when none is named. */
function customerToAttach(context: Context, id: string | undefined): Customer | undefined {
  if (id === undefined) return undefined;
  const customer = requireCustomer(context, id);
  if (customer.test_clock) {
    throw invalidRequest(`The customer ${id} is attached to a test clock already.`, { param: 'customer' });
  }
  if (BOUND_TO_TIME.some((object) => context.byName(object).count('customer', id) > 0)) {
    throw notSupported('attaching a customer that has subscriptions or invoices to a test clock', 'customer');
  }
  return customer;
}

const create = route({
  method: 'POST',
  path: '/v1/test_helpers/test_clocks',
  parameters: {
    customer: string(),
    frozen_time: required(timestamp()),
    name: string({ max: 300 }),
  } satisfies DeclaredFor<Stripe.TestHelpers.TestClockCreateParams>,
  handle({ context, parameters }) {
    const customer = customerToAttach(context, parameters.customer);
    const clock = context.objects(testClocks).insert({
      id: context.newId('clock'),
      object: 'test_helpers.test_clock',
      created: context.now(),
      deletes_after: context.now() + KEPT_SECONDS,
      frozen_time: parameters.frozen_time,
      livemode: false,
      name: parameters.name ?? null,
      status: 'ready',
      status_details: {},
    });
    context.emit('test_helpers.test_clock.created', clock);
    if (customer !== undefined) {
      const attached = context.objects(customers).update(customer.id, { test_clock: clock.id });
      context.emitUpdated('customer.updated', customer, attached);
    }
    return context.present(clock);
  },
});

const advance = route({
  method: 'POST',
  path: `${path}/advance`,
  parameters: {
    frozen_time: required(timestamp()),
  } satisfies DeclaredFor<Stripe.TestHelpers.TestClockAdvanceParams>,
  handle: ({ context, path: names, parameters }) => {
    const clock = context.objects(testClocks).require(names.clock);
    return context.present(startAdvancing(context, clock, parameters.frozen_time));
  },
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(context.objects(testClocks).require(names.clock)),
});

const list = route({
  method: 'GET',
  path: '/v1/test_helpers/test_clocks',
  parameters: pagination satisfies DeclaredFor<Stripe.TestHelpers.TestClockListParams>,
  handle: ({ context, parameters }) =>
    listPage(context, testClocks, parameters, { url: '/v1/test_helpers/test_clocks' }),
});

/** Deletes a clock with its customers, whose subscriptions are canceled, and with all that was to fall due on it. */
function removeClock(context: Context, id: string): void {
  const clock = context.objects(testClocks).require(id);
  context.useTestClock(clock.id);
  for (const customer of context.objects(customers).where('test_clock', clock.id)) removeCustomer(context, customer);
  context.clearTimeline();
  context.useTestClock(null);
  context.objects(testClocks).remove(clock.id);
  context.emit('test_helpers.test_clock.deleted', clock);
}

const remove = route({
  method: 'DELETE',
  path,
  parameters: {},
  handle({ context, path: names }) {
    removeClock(context, names.clock);
    return { id: names.clock, object: 'test_helpers.test_clock', deleted: true };
  },
});

export const testClockResource: Resource = {
  types: [testClocks],
  clocks: {
    object: testClocks.object,
    frozenTime: (clock) => (clock as TestClock).frozen_time,
    targetOf: (clock) => targetOf(clock as TestClock),
    arrive,
  },
  routes: [create, advance, retrieve, list, remove],
};
