import { describe, expect, it } from '@jest/globals';
import { olderCopiesOf } from './card-copies.js';
import { PaymentMethod } from './payment-method.entity.js';

const method = (id: number, cardFingerprint: string | null) =>
  Object.assign(new PaymentMethod(), { id, stripePaymentMethodId: `pm_${id}`, cardFingerprint });
const METHODS = [method(1, 'visa'), method(2, 'amex'), method(3, 'visa'), method(4, 'visa'), method(5, null)];
const copiesOf = (stripeId: string) => olderCopiesOf(stripeId, METHODS).map(({ id }) => id);

describe('olderCopiesOf', () => {
  it('finds the same card where it was added before, and never a newer copy: the newest stays', () => {
    expect(copiesOf('pm_4')).toEqual([1, 3]);
    expect(copiesOf('pm_3')).toEqual([1]);
    expect(copiesOf('pm_1')).toEqual([]);
  });

  it('finds none of a payment method without fingerprint: two bank accounts are not one', () => {
    expect(olderCopiesOf('pm_6', [...METHODS, method(6, null)])).toEqual([]);
  });

  it('finds none of a card that is not attached', () => {
    expect(copiesOf('pm_9')).toEqual([]);
  });
});
