import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Product, products } from './product-type.js';

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
