import { applyDecorators } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { Owned } from '../auth/access.js';
import { Subscription } from './subscription.entity.js';

/** A route about one subscription of the caller, named by `:id`. */
export function SubscriptionRoute(): MethodDecorator {
  return applyDecorators(
    Owned(Subscription, 'Subscription not found'),
    ApiParam({ name: 'id', type: 'integer', description: 'Our id of the subscription', example: 1 }),
  );
}
