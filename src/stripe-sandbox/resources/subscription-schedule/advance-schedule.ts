import { type Context } from '../../kernel/context.js';
import { type Subscription } from '../subscription/subscription-type.js';

export function advanceSchedule(_context: Context, subscription: Subscription): Subscription {
  return subscription;
}
