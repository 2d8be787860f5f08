import { type Resource } from '../../http/resource.js';
import { subscriptionItems } from './subscription-item-type.js';

export const subscriptionItemResource: Resource = { types: [subscriptionItems], routes: [] };
