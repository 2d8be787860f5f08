import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage } from '../../http/lists.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { insertPrice } from '../price/create-price.js';
import { prices } from '../price/price-type.js';
import { insertProduct } from './create-product.js';
import { createParameters, listParameters, updateParameters } from './product-parameters.js';
import { products } from './product-type.js';

const create = route({
  method: 'POST',
  path: '/v1/products',
  parameters: createParameters,
  handle({ context, parameters }) {
    const { default_price_data: priceData, metadata: sentMetadata, ...given } = parameters;
    const product = insertProduct(context, { ...given, metadata: mergeMetadata({}, sentMetadata) });
    if (priceData === undefined) return context.present(product);
    const price = insertPrice(context, { ...priceData, product: product.id });
    const after = context.objects(products).update(product.id, { default_price: price.id });
    context.emitUpdated('product.updated', product, after);
    return context.present(after);
  },
});

const update = route({
  method: 'POST',
  path: '/v1/products/:product',
  parameters: updateParameters,
  handle({ context, path, parameters: sent }) {
    const before = context.objects(products).require(path.product);
    if (typeof sent.default_price === 'string') requirePriceOf(context, sent.default_price, before.id);
    const after = context.objects(products).update(before.id, {
      active: sent.active ?? before.active,
      default_price: changed(sent.default_price, before.default_price ?? null),
      description: changed(sent.description, before.description),
      images: sent.images === null ? [] : (sent.images ?? before.images),
      marketing_features:
        sent.marketing_features === null ? [] : (sent.marketing_features ?? before.marketing_features),
      metadata: mergeMetadata(before.metadata, sent.metadata),
      name: sent.name ?? before.name,
      package_dimensions: changed(sent.package_dimensions, before.package_dimensions),
      shippable: sent.shippable ?? before.shippable,
      statement_descriptor: sent.statement_descriptor ?? before.statement_descriptor,
      unit_label: changed(sent.unit_label, before.unit_label ?? null),
      updated: context.now(),
      url: changed(sent.url, before.url),
    });
    context.emitUpdated('product.updated', before, after);
    return context.present(after);
  },
});

function requirePriceOf(context: Context, id: string, product: string): void {
  if (context.objects(prices).require(id, 'default_price').product === product) return;
  throw invalidRequest(`The price ${id} belongs to another product.`, { param: 'default_price' });
}

const retrieve = route({
  method: 'GET',
  path: '/v1/products/:product',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(products).require(path.product)),
});

const list = route({
  method: 'GET',
  path: '/v1/products',
  parameters: listParameters,
  handle: ({ context, parameters }) =>
    listPage(context, products, parameters, {
      url: '/v1/products',
      filter: (product) =>
        inRange(product.created, parameters.created) &&
        (parameters.active === undefined || product.active === parameters.active) &&
        (parameters.ids === undefined || parameters.ids.includes(product.id)) &&
        (parameters.shippable === undefined || product.shippable === parameters.shippable) &&
        (parameters.type === undefined || product.type === parameters.type) &&
        (parameters.url === undefined || product.url === parameters.url),
    }),
});

const remove = route({
  method: 'DELETE',
  path: '/v1/products/:product',
  parameters: {},
  handle({ context, path }) {
    const product = context.objects(products).require(path.product);
    if (context.objects(prices).count('product', product.id) > 0) {
      throw invalidRequest('This product cannot be deleted because it has one or more user-created prices.');
    }
    context.objects(products).remove(product.id);
    context.emit('product.deleted', product);
    return { id: product.id, object: 'product', deleted: true };
  },
});

export const productResource: Resource = { types: [products], routes: [create, update, retrieve, list, remove] };
