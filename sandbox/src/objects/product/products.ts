import type Stripe from 'stripe';
import { inRange, listPage, pagination, range } from '../../http/lists.js';
import {
  type DeclaredFor,
  array,
  boolean,
  currency,
  decimal,
  float,
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
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { objectType } from '../../store/object-type.js';
import { type Stored } from '../../wire.js';
import { changed } from '../common-parameters.js';
import { insertPrice, prices } from '../price/prices.js';
import { type Resource } from '../../http/resource.js';

export type Product = Stored<Stripe.Product>;

export const products = objectType<Product>({
  object: 'product',
  prefix: 'prod',
  keepsTombstone: true,
  references: { default_price: 'price' },
});

const features = array(hash({ name: required(string({ max: 80 })) }), { max: 15 });
const packageDimensions = hash({
  height: required(float()),
  length: required(float()),
  weight: required(float()),
  width: required(float()),
});

const createParameters = {
  name: required(string()),
  active: boolean(),
  default_price_data: hash({
    currency: required(currency()),
    currency_options: unsupported(),
    custom_unit_amount: unsupported(),
    metadata: metadata(),
    recurring: hash({ interval: required(oneOf('day', 'month', 'week', 'year')), interval_count: integer({ min: 1 }) }),
    tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
    unit_amount: integer({ min: 0 }),
    unit_amount_decimal: decimal(),
  } satisfies DeclaredFor<Stripe.ProductCreateParams.DefaultPriceData>),
  description: unsettable(string({ max: 40_000 })),
  id: string(),
  images: array(string(), { max: 8 }),
  marketing_features: features,
  metadata: metadata(),
  package_dimensions: packageDimensions,
  shippable: boolean(),
  statement_descriptor: string({ max: 22 }),
  tax_code: unsupported(),
  tax_details: unsupported(),
  type: oneOf('good', 'service'),
  unit_label: string({ max: 12 }),
  url: string(),
} satisfies DeclaredFor<Stripe.ProductCreateParams>;

const updateParameters = {
  active: boolean(),
  default_price: unsettable(string()),
  description: unsettable(string({ max: 40_000 })),
  images: unsettable(array(string(), { max: 8 })),
  marketing_features: unsettable(features),
  metadata: metadata(),
  name: string(),
  package_dimensions: unsettable(packageDimensions),
  shippable: boolean(),
  statement_descriptor: string({ max: 22 }),
  tax_code: unsupported(),
  tax_details: unsupported(),
  unit_label: unsettable(string({ max: 12 })),
  url: unsettable(string()),
} satisfies DeclaredFor<Stripe.ProductUpdateParams>;

const listParameters = {
  ...pagination,
  active: boolean(),
  created: range,
  ids: array(string()),
  shippable: boolean(),
  type: oneOf('good', 'service'),
  url: string(),
} satisfies DeclaredFor<Stripe.ProductListParams>;

/** Stores a new product with defaults for what is not given, and emits `product.created`. */
export function insertProduct(context: Context, given: Partial<Product> & { name: string }): Product {
  const now = context.now();
  if (given.id !== undefined && context.objects(products).get(given.id) !== undefined) {
    throw invalidRequest('Product already exists.', { code: 'resource_already_exists', param: 'id' });
  }
  const product = context.objects(products).insert({
    id: context.newId('prod', 14),
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
    ...given,
  });
  context.emit('product.created', product);
  return product;
}

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
