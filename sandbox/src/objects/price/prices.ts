import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage } from '../../http/lists.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { insertProduct } from '../product/create-product.js';
import { products } from '../product/product-type.js';
import { claimLookupKey, insertPrice, toCurrencyOptions } from './create-price.js';
import { createParameters, listParameters, updateParameters } from './price-parameters.js';
import { prices } from './price-type.js';

const create = route({
  method: 'POST',
  path: '/v1/prices',
  parameters: createParameters,
  handle({ context, parameters }) {
    const { product_data: productData, product, ...given } = parameters;
    if ((product === undefined) === (productData === undefined)) {
      throw invalidRequest('You must specify exactly one of: product, product_data.', {
        code: 'parameter_missing',
        param: 'product',
      });
    }
    if (product !== undefined) context.objects(products).require(product, 'product');
    const owner =
      product ??
      insertProduct(context, { name: '', ...productData, metadata: mergeMetadata({}, productData?.metadata) }).id;
    return context.present(insertPrice(context, { ...given, product: owner }));
  },
});

const update = route({
  method: 'POST',
  path: '/v1/prices/:price',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(prices).require(path.price);
    if (typeof sent.lookup_key === 'string') {
      claimLookupKey(context, sent.lookup_key, sent.transfer_lookup_key, before.id);
    }
    const options = sent.currency_options;
    const after = context.objects(prices).update(before.id, {
      active: sent.active ?? before.active,
      lookup_key: sent.lookup_key === undefined ? before.lookup_key : sent.lookup_key,
      metadata: mergeMetadata(before.metadata, sent.metadata),
      nickname: sent.nickname === undefined ? before.nickname : sent.nickname,
      tax_behavior: sent.tax_behavior ?? before.tax_behavior,
      sandbox: {
        ...before.sandbox,
        currency_options: options === null ? {} : { ...before.sandbox.currency_options, ...toCurrencyOptions(options) },
      },
    });
    context.emitUpdated('price.updated', before, after);
    return context.present(after);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/prices/:price',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(prices).require(path.price)),
});

const list = route({
  method: 'GET',
  path: '/v1/prices',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, prices, sent, {
      url: '/v1/prices',
      filter: (price) =>
        inRange(price.created, sent.created) &&
        (sent.active === undefined || price.active === sent.active) &&
        (sent.currency === undefined || price.currency === sent.currency) &&
        (sent.lookup_keys === undefined || sent.lookup_keys.includes(price.lookup_key ?? '')) &&
        (sent.product === undefined || price.product === sent.product) &&
        (sent.type === undefined || price.type === sent.type) &&
        (sent.recurring?.interval === undefined || price.recurring?.interval === sent.recurring.interval) &&
        (sent.recurring?.meter === undefined || price.recurring?.meter === sent.recurring.meter) &&
        (sent.recurring?.usage_type === undefined || price.recurring?.usage_type === sent.recurring.usage_type),
    }),
});

export const priceResource: Resource = { types: [prices], routes: [create, update, retrieve, list] };
