import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  boolean,
  currency,
  hash,
  integer,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  string,
  timestamp,
  unsupported,
} from '../../http/parameters.js';
import { route } from '../../http/router.js';
import { invalidRequest, missingParameter } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { coupons, countRedemption, isRedeemable } from '../coupon/coupons.js';
import { customers } from '../customer/customers.js';
import { type Resource } from '../../http/resource.js';

export type PromotionCode = Stored<Stripe.PromotionCode>;

export const promotionCodes = objectType<PromotionCode>({
  object: 'promotion_code',
  prefix: 'promo',
  title: 'promotion code',
  indexes: { code: (promotionCode) => promotionCode.code.toUpperCase() },
  references: { 'promotion.coupon': 'coupon', customer: 'customer' },
  present: (promotionCode, context) => ({ ...promotionCode, active: isActive(context, promotionCode) }),
});

/** Whether a code can be redeemed now: switched on, not expired, not exhausted, its coupon redeemable. */
export function isActive(context: Context, promotionCode: PromotionCode): boolean {
  const coupon = context.objects(coupons).get(promotionCode.promotion.coupon ?? '');
  return (
    promotionCode.active &&
    coupon !== undefined &&
    isRedeemable(context, coupon) &&
    (promotionCode.expires_at === null || promotionCode.expires_at > context.now()) &&
    (promotionCode.max_redemptions === null || promotionCode.times_redeemed < promotionCode.max_redemptions)
  );
}

/** The code for a new discount of a customer. Throws when it cannot be redeemed, or not by this customer. */
export function requireRedeemableCode(context: Context, id: string, customer: string, param: string): PromotionCode {
  const promotionCode = context.objects(promotionCodes).require(id, param);
  if (!isActive(context, promotionCode)) {
    throw invalidRequest(`This promotion code cannot be redeemed because it is inactive or expired: ${id}`, {
      code: 'promotion_code_expired',
      param,
    });
  }
  if (promotionCode.customer !== null && promotionCode.customer !== customer) {
    throw invalidRequest('This promotion code cannot be redeemed because it belongs to another customer.', {
      code: 'promotion_code_customer_mismatch',
      param,
    });
  }
  return promotionCode;
}

/** Counts one more use of a code and of its coupon. */
export function countCodeRedemption(context: Context, id: string): void {
  const before = context.objects(promotionCodes).require(id);
  const after = context.objects(promotionCodes).update(id, { times_redeemed: before.times_redeemed + 1 });
  context.emitUpdated('promotion_code.updated', before, after);
  countRedemption(context, before.promotion.coupon ?? '');
}

const createParameters = {
  promotion: hash({ coupon: required(string()), type: required(oneOf('coupon')) }),
  active: boolean(),
  code: string({ max: 500 }),
  customer: string(),
  customer_account: unsupported(),
  expires_at: timestamp(),
  max_redemptions: integer({ min: 1 }),
  metadata: metadata(),
  restrictions: hash({
    currency_options: unsupported(),
    first_time_transaction: boolean(),
    minimum_amount: integer({ min: 1 }),
    minimum_amount_currency: currency(),
  }),
} satisfies DeclaredFor<Stripe.PromotionCodeCreateParams>;

const updateParameters = {
  active: boolean(),
  metadata: metadata(),
  restrictions: unsupported(),
} satisfies DeclaredFor<Stripe.PromotionCodeUpdateParams>;

const listParameters = {
  ...pagination,
  active: boolean(),
  code: string(),
  coupon: string(),
  created: range,
  customer: string(),
  customer_account: unsupported(),
} satisfies DeclaredFor<Stripe.PromotionCodeListParams>;

function checkCode(context: Context, code: string): void {
  if (!/^[A-Za-z0-9-]+$/.test(code)) {
    throw invalidRequest('Promotion codes may only contain letters, digits and dashes.', { param: 'code' });
  }
  const others = context.objects(promotionCodes).where('code', code.toUpperCase());
  if (others.some((other) => isActive(context, other))) {
    throw invalidRequest(`An active promotion code with \`code: ${code}\` already exists.`, {
      code: 'resource_already_exists',
      param: 'code',
    });
  }
}

const create = route({
  method: 'POST',
  path: '/v1/promotion_codes',
  parameters: createParameters,
  olderParameters: { coupon: string() },
  handle({ context, parameters: sent }) {
    const couponId = sent.promotion?.coupon ?? sent.coupon;
    if (couponId === undefined) throw missingParameter('promotion');
    const coupon = context.objects(coupons).require(couponId, 'promotion[coupon]');
    if (sent.customer !== undefined) context.objects(customers).require(sent.customer, 'customer');
    const code = sent.code ?? context.newId('', 8).slice(1).toUpperCase();
    checkCode(context, code);
    const promotionCode = context.objects(promotionCodes).insert({
      id: context.newId('promo'),
      object: 'promotion_code',
      active: sent.active ?? true,
      code,
      created: context.now(),
      customer: sent.customer ?? null,
      customer_account: null,
      expires_at: sent.expires_at ?? null,
      livemode: false,
      max_redemptions: sent.max_redemptions ?? null,
      metadata: mergeMetadata({}, sent.metadata),
      promotion: { coupon: coupon.id, type: 'coupon' },
      restrictions: {
        first_time_transaction: sent.restrictions?.first_time_transaction ?? false,
        minimum_amount: sent.restrictions?.minimum_amount ?? null,
        minimum_amount_currency: sent.restrictions?.minimum_amount_currency ?? null,
      },
      times_redeemed: 0,
    });
    context.emit('promotion_code.created', promotionCode);
    return context.present(promotionCode);
  },
});

const update = route({
  method: 'POST',
  path: '/v1/promotion_codes/:promotion_code',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(promotionCodes).require(path.promotion_code);
    const after = context.objects(promotionCodes).update(before.id, {
      active: sent.active ?? before.active,
      metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
    });
    context.emitUpdated('promotion_code.updated', before, after);
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/promotion_codes/:promotion_code',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(promotionCodes).require(path.promotion_code)),
});

const list = route({
  method: 'GET',
  path: '/v1/promotion_codes',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, promotionCodes, sent, {
      url: '/v1/promotion_codes',
      among:
        sent.code === undefined ? undefined : context.objects(promotionCodes).where('code', sent.code.toUpperCase()),
      filter: (promotionCode) =>
        inRange(promotionCode.created, sent.created) &&
        (sent.active === undefined || isActive(context, promotionCode) === sent.active) &&
        (sent.coupon === undefined || promotionCode.promotion.coupon === sent.coupon) &&
        (sent.customer === undefined || promotionCode.customer === sent.customer),
    }),
});

export const promotionCodeResource: Resource = { types: [promotionCodes], routes: [create, update, retrieve, list] };
