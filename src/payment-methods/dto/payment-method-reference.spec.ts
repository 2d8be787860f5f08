import { describe, expect, it } from '@jest/globals';
import { isPaymentMethodReference } from './payment-method-reference.js';

describe('isPaymentMethodReference', () => {
  it.each(['pm_1Q9XyZ', 'pm_card_visa', 1, 2_147_483_647])('takes %j', (value) => {
    expect(isPaymentMethodReference(value)).toBe(true);
  });

  it.each(['pm_', 'card_1', 'pm_1/../customers', ' pm_1', 'pm_1 ', `pm_${'x'.repeat(201)}`, '1', ''])(
    'refuses the text %j, which cannot be a path of Stripe',
    (value) => {
      expect(isPaymentMethodReference(value)).toBe(false);
    },
  );

  it.each([0, -1, 1.5, 2_147_483_648, NaN, null, undefined, true, {}, []])('refuses %p', (value) => {
    expect(isPaymentMethodReference(value)).toBe(false);
  });
});
