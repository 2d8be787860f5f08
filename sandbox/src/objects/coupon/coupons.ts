import type Stripe from 'stripe';
import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import { type DeclaredFor, type Values, mergeMetadata } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { products } from '../product/product-type.js';
import { createParameters, updateParameters } from './coupon-parameters.js';
import { coupons } from './coupon-type.js';

function check(context: Context, sent: Values<typeof createParameters>): void {
  if ((sent.percent_off === undefined) === (sent.amount_off === undefined)) {
    throw invalidRequest('You must pass either `percent_off` or `amount_off`, but not both.', {
      code: 'parameter_missing',
      param: 'percent_off',
    });
  }
  if (sent.percent_off === 0)
    throw invalidRequest('Invalid percent_off: must be greater than 0', { param: 'percent_off' });
  if (sent.amount_off !== undefined && sent.currency === undefined) {
    throw invalidRequest('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' });
  }
  if ((sent.duration === 'repeating') !== (sent.duration_in_months !== undefined)) {
    throw invalidRequest('`duration_in_months` is required when `duration` is `repeating`, and only then.', {
      param: 'duration_in_months',
    });
  }
  if (sent.redeem_by !== undefined && sent.redeem_by <= context.now()) {
    throw invalidRequest('Invalid timestamp: must be in the future', { param: 'redeem_by' });
  }
  if (sent.id !== undefined && context.objects(coupons).get(sent.id) !== undefined) {
    throw invalidRequest('Coupon already exists.', { code: 'resource_already_exists', param: 'id' });
  }
  for (const product of sent.applies_to?.products ?? []) {
    context.objects(products).require(product, 'applies_to[products]');
  }
}

const create = route({
  method: 'POST',
  path: '/v1/coupons',
  parameters: createParameters,
  handle({ context, parameters: sent }) {
    check(context, sent);
    const coupon = context.objects(coupons).insert({
      id: sent.id ?? context.newId('', 8).slice(1),
      object: 'coupon',
      amount_off: sent.amount_off ?? null,
      created: context.now(),
      currency: sent.amount_off === undefined ? null : (sent.currency ?? null),
      duration: sent.duration ?? 'once',
      duration_in_months: sent.duration_in_months ?? null,
      livemode: false,
      max_redemptions: sent.max_redemptions ?? null,
      metadata: mergeMetadata({}, sent.metadata),
      name: sent.name ?? null,
      percent_off: sent.percent_off ?? null,
      redeem_by: sent.redeem_by ?? null,
      times_redeemed: 0,
      valid: true,
      sandbox: {
        applies_to: sent.applies_to?.products === undefined ? null : { products: sent.applies_to.products },
        currency_options: sent.currency_options ?? {},
      },
    });
    context.emit('coupon.created', coupon);
    return context.present(coupon);
  },
});

const update = route({
  method: 'POST',
  path: '/v1/coupons/:coupon',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(coupons).require(path.coupon);
    const after = context.objects(coupons).update(before.id, {
      metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
      name: sent.name ?? before.name,
      sandbox: {
        ...before.sandbox,
        currency_options: { ...before.sandbox.currency_options, ...sent.currency_options },
      },
    });
    context.emitUpdated('coupon.updated', before, after);
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/coupons/:coupon',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(coupons).require(path.coupon)),
});

const list = route({
  method: 'GET',
  path: '/v1/coupons',
  parameters: { ...pagination, created: range } satisfies DeclaredFor<Stripe.CouponListParams>,
  handle: ({ context, parameters }) =>
    listPage(context, coupons, parameters, {
      url: '/v1/coupons',
      filter: (coupon) => inRange(coupon.created, parameters.created),
    }),
});

const remove = route({
  method: 'DELETE',
  path: '/v1/coupons/:coupon',
  parameters: {},
  handle({ context, path }) {
    const coupon = context.objects(coupons).require(path.coupon);
    context.objects(coupons).remove(coupon.id);
    context.emit('coupon.deleted', coupon);
    return { id: coupon.id, object: 'coupon', deleted: true };
  },
});

export const couponResource: Resource = { types: [coupons], routes: [create, update, retrieve, list, remove] };
