import { type Resource } from '../../http/resource.js';
import { discounts } from './discount-type.js';

export const discountResource: Resource = { types: [discounts], routes: [] };
