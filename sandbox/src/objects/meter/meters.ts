import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { listPage, pagination } from '../../http/lists.js';
import { type DeclaredFor, hash, oneOf, required, string, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type Meter, meters } from './meter-type.js';

const path = '/v1/billing/meters/:meter';

function checkEventName(context: Context, name: string, own?: string): void {
  const active = context
    .objects(meters)
    .where('event_name', name)
    .find((meter) => meter.status === 'active' && meter.id !== own);
  if (active === undefined) return;
  throw invalidRequest(`An active meter (\`${active.id}\`) already exists with event name ${name}.`, {
    param: 'event_name',
  });
}

const create = route({
  method: 'POST',
  path: '/v1/billing/meters',
  parameters: {
    customer_mapping: hash({ event_payload_key: required(string({ max: 100 })), type: required(oneOf('by_id')) }),
    default_aggregation: required(hash({ formula: required(oneOf('count', 'last', 'sum')) })),
    display_name: required(string({ max: 250 })),
    event_name: required(string({ max: 100 })),
    event_time_window: unsupported(),
    value_settings: hash({ event_payload_key: required(string({ max: 100 })) }),
  } satisfies DeclaredFor<Stripe.Billing.MeterCreateParams>,
  handle({ context, parameters: sent }) {
    checkEventName(context, sent.event_name);
    const meter = context.objects(meters).insert({
      id: context.newId('mtr', 40),
      object: 'billing.meter',
      created: context.now(),
      customer_mapping: sent.customer_mapping ?? { event_payload_key: 'stripe_customer_id', type: 'by_id' },
      default_aggregation: sent.default_aggregation,
      display_name: sent.display_name,
      event_name: sent.event_name,
      event_time_window: null,
      livemode: false,
      status: 'active',
      status_transitions: { deactivated_at: null },
      updated: context.now(),
      value_settings: sent.value_settings ?? { event_payload_key: 'value' },
    });
    context.emit('billing.meter.created', meter);
    return context.present(meter);
  },
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(context.objects(meters).require(names.meter)),
});

const update = route({
  method: 'POST',
  path,
  parameters: { display_name: string({ max: 250 }) } satisfies DeclaredFor<Stripe.Billing.MeterUpdateParams>,
  handle({ context, path: names, parameters }) {
    const before = context.objects(meters).require(names.meter);
    if (parameters.display_name === undefined || parameters.display_name === before.display_name) {
      return context.present(before);
    }
    const changes = { display_name: parameters.display_name, updated: context.now() };
    const after = context.objects(meters).update(before.id, changes);
    context.emitUpdated('billing.meter.updated', before, after);
    return context.present(after);
  },
});

const list = route({
  method: 'GET',
  path: '/v1/billing/meters',
  parameters: {
    ...pagination,
    status: oneOf('active', 'inactive'),
  } satisfies DeclaredFor<Stripe.Billing.MeterListParams>,
  handle: ({ context, parameters: sent }) =>
    listPage(context, meters, sent, {
      url: '/v1/billing/meters',
      filter: (meter) => sent.status === undefined || meter.status === sent.status,
    }),
});

function changeStatus(context: Context, before: Meter, status: 'active' | 'inactive'): Meter {
  if (before.status === status) throw invalidRequest(`This meter is ${status} already.`);
  return context.objects(meters).update(before.id, {
    status,
    status_transitions: { deactivated_at: status === 'inactive' ? context.now() : null },
    updated: context.now(),
  });
}

const deactivate = route({
  method: 'POST',
  path: `${path}/deactivate`,
  parameters: {},
  handle({ context, path: names }) {
    const meter = changeStatus(context, context.objects(meters).require(names.meter), 'inactive');
    context.emit('billing.meter.deactivated', meter);
    return context.present(meter);
  },
});

const reactivate = route({
  method: 'POST',
  path: `${path}/reactivate`,
  parameters: {},
  handle({ context, path: names }) {
    const before = context.objects(meters).require(names.meter);
    checkEventName(context, before.event_name, before.id);
    const meter = changeStatus(context, before, 'active');
    context.emit('billing.meter.reactivated', meter);
    return context.present(meter);
  },
});

export const meterResource: Resource = {
  types: [meters],
  routes: [create, retrieve, update, list, deactivate, reactivate],
};
