import { describe, expect, it } from '@jest/globals';
import { expanded, idOf } from './values.js';

describe('a field that Stripe sends as an id or, when expanded, as the object', () => {
  it('has the same id either way, and none where Stripe sends nothing', () => {
    expect([idOf('cus_1'), idOf({ id: 'cus_1' }), idOf(null), idOf(undefined)]).toEqual(['cus_1', 'cus_1', null, null]);
  });

  it('has the object only when expanded', () => {
    const customer = { id: 'cus_1' };
    expect(expanded(customer)).toBe(customer);
    expect([expanded('cus_1'), expanded(null), expanded(undefined)]).toEqual([null, null, null]);
  });
});
