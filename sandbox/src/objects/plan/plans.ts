import type Stripe from 'stripe';
import { invalidRequest, missingParameter, resourceMissing } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, boolean, mergeMetadata, metadata, string, unsupported } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { type ListObject } from '../../wire.js';
import { insertPrice } from '../price/create-price.js';
import { type Price, prices } from '../price/price-type.js';
import { insertProduct } from '../product/create-product.js';
import { products } from '../product/product-type.js';
import { createParameters } from './plan-parameters.js';
import { planOf, plans } from './plan-type.js';

function requirePlan(context: Context, id: string): Price {
  const price = context.objects(prices).get(id);
  if (price?.recurring && price.sandbox.plan_deleted !== true) return price;
  throw resourceMissing('plan', id);
}

const create = route({
  method: 'POST',
  path: '/v1/plans',
  parameters: createParameters,
  handle({ context, parameters: sent }) {
    const { product, id } = sent;
    if (product === undefined) throw missingParameter('product');
    if (id !== undefined && context.objects(prices).get(id) !== undefined) {
      throw invalidRequest('Plan already exists.', { code: 'resource_already_exists', param: 'id' });
    }
    if (typeof product === 'string') context.objects(products).require(product, 'product');
    const owner =
      typeof product === 'string'
        ? product
        : insertProduct(context, { ...product, metadata: mergeMetadata({}, product.metadata) }).id;
    const price = insertPrice(
      context,
      {
        currency: sent.currency,
        product: owner,
        recurring: {
          interval: sent.interval,
          interval_count: sent.interval_count,
          meter: sent.meter,
          trial_period_days: sent.trial_period_days,
          usage_type: sent.usage_type,
        },
        active: sent.active,
        billing_scheme: sent.billing_scheme,
        metadata: sent.metadata,
        nickname: sent.nickname,
        tiers: sent.tiers,
        tiers_mode: sent.tiers_mode,
        transform_quantity: sent.transform_usage,
        unit_amount: sent.amount,
        unit_amount_decimal: sent.amount_decimal,
      },
      id ?? context.newId('plan', 14),
    );
    context.emit('plan.created', planOf(price));
    return context.present(planOf(price));
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/plans/:plan',
  parameters: {},
  handle: ({ context, path }) => context.present(planOf(requirePlan(context, path.plan))),
});

const update = route({
  method: 'POST',
  path: '/v1/plans/:plan',
  parameters: {
    active: boolean(),
    metadata: metadata(),
    nickname: string(),
    product: unsupported(),
    trial_period_days: unsupported(),
  } satisfies DeclaredFor<Stripe.PlanUpdateParams>,
  handle({ context, path, parameters: sent }) {
    const before = requirePlan(context, path.plan);
    const after = context.objects(prices).update(before.id, {
      active: sent.active ?? before.active,
      metadata: mergeMetadata(before.metadata, sent.metadata),
      nickname: sent.nickname ?? before.nickname,
    });
    context.emitUpdated('plan.updated', planOf(before), planOf(after));
    context.emitUpdated('price.updated', before, after);
    return context.present(planOf(after));
  },
});

const remove = route({
  method: 'DELETE',
  path: '/v1/plans/:plan',
  parameters: {},
  handle({ context, path }) {
    const before = requirePlan(context, path.plan);
    // Who is subscribed to it stays so, and needs its price.
    const after = context
      .objects(prices)
      .update(before.id, { active: false, sandbox: { ...before.sandbox, plan_deleted: true } });
    context.emit('plan.deleted', planOf(before));
    context.emitUpdated('price.updated', before, after);
    return { id: before.id, object: 'plan', deleted: true };
  },
});

const list = route({
  method: 'GET',
  path: '/v1/plans',
  parameters: {
    ...pagination,
    active: boolean(),
    created: range,
    product: string(),
  } satisfies DeclaredFor<Stripe.PlanListParams>,
  handle({ context, parameters: sent }) {
    const page = listPage(context, prices, sent, {
      url: '/v1/plans',
      filter: (price) =>
        price.recurring !== null &&
        price.sandbox.plan_deleted !== true &&
        inRange(price.created, sent.created) &&
        (sent.active === undefined || price.active === sent.active) &&
        (sent.product === undefined || price.product === sent.product),
    }) as ListObject<{ id: string }>;
    return { ...page, data: page.data.map(({ id }) => planOf(context.objects(prices).require(id))) };
  },
});

export const planResource: Resource = { types: [plans], routes: [create, retrieve, update, remove, list] };
