import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { In } from 'typeorm';
import { hashOf, scopeOf } from './operation-request.js';
import { OPERATION_KINDS, PURCHASE_OPERATIONS } from './stripe-operation.entity.js';

describe('hashOf', () => {
  const request = { price: 'price_pro', trial_days: null, payment_method: 'pm_1' };

  it('is the same for the same request, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null))), (asked) => {
        const reversed = Object.fromEntries(Object.entries(asked).reverse());
        return (
          hashOf({ kind: 'checkout.create', request: asked }) === hashOf({ kind: 'checkout.create', request: reversed })
        );
      }),
    );
  });

  it('is another one for another value, another member or another kind', () => {
    const hashes = [
      hashOf({ kind: 'subscription.create', request }),
      hashOf({ kind: 'subscription.create', request: { ...request, trial_days: 14 } }),
      hashOf({ kind: 'subscription.create', request: { ...request, discount: null } }),
      hashOf({ kind: 'subscription.create', request: { ...request, payment_method: 'pm_2' } }),
      hashOf({ kind: 'checkout.create', request }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('fits its column, and stays what it is: open operations are compared with it after a new release', () => {
    expect(hashOf({ kind: 'subscription.create', request })).toBe(
      '01c2d6a25a677492c9ec443f5af2d122012dca015c00f9da600f87eab560de66',
    );
  });
});

describe('scopeOf', () => {
  it.each(PURCHASE_OPERATIONS)('lets one purchase of a customer run at a time, of whatever kind: %s', (kind) => {
    expect(scopeOf({ customerId: 7, kind, subjectStripeId: 'sub_1' })).toEqual({
      customerId: 7,
      kind: In(['subscription.create', 'checkout.create']),
    });
  });

  it('lets one change of each kind run at a time, an object', () => {
    const kinds = OPERATION_KINDS.filter((kind) => !PURCHASE_OPERATIONS.some((purchase) => purchase === kind));
    for (const kind of kinds) {
      expect(scopeOf({ customerId: 7, kind, subjectStripeId: 'sub_1' })).toEqual({
        customerId: 7,
        kind,
        subjectStripeId: 'sub_1',
      });
    }
  });

  it('lets one run a customer where there is no object yet', () => {
    expect(scopeOf({ customerId: 7, kind: 'customer.create' })).toStrictEqual({
      customerId: 7,
      kind: 'customer.create',
    });
  });
});
