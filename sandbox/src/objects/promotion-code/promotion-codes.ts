import { invalidRequest, missingParameter } from '../../errors/stripe-error.js';
import { inRange, listPage } from '../../http/lists.js';
import { mergeMetadata, string } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { coupons } from '../coupon/coupon-type.js';
import { customers } from '../customer/customer-type.js';
import { createParameters, listParameters, updateParameters } from './promotion-code-parameters.js';
import { isActive, promotionCodes } from './promotion-code-type.js';

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
