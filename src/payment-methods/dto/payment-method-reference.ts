import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';

const MAX_ID = 2_147_483_647;

/** A payment method as a caller names it: Stripe's id (`pm_…`) or our integer id. */
export function isPaymentMethodReference(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 1 && value <= MAX_ID;
  return typeof value === 'string' && /^pm_[A-Za-z0-9_]{1,200}$/.test(value);
}

/** Property decorator: refuses anything that cannot be a payment method. */
export function IsPaymentMethodReference(): PropertyDecorator {
  return applyDecorators(
    ValidateBy({
      name: 'isPaymentMethodReference',
      validator: {
        validate: isPaymentMethodReference,
        defaultMessage: () => 'payment_method_id must be a Stripe id (pm_…) or the integer id of a payment method',
      },
    }),
    ApiProperty({ oneOf: [{ type: 'string' }, { type: 'integer' }], required: false }),
  );
}
