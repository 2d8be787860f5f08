import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differingProperties, sameContent } from './content.js';

describe('the content of a row', () => {
  it('is compared in the given columns alone', () => {
    expect(sameContent({ id: 1, version: 3, status: 'open', total: '79.000' }, { status: 'open' })).toBe(true);
    expect(differingProperties({ status: 'open', total: '79.000' }, { status: 'paid', total: '79.000' })).toEqual([
      'status',
    ]);
  });

  it('takes a column without a value for null', () => {
    expect(sameContent({}, { endedAt: null })).toBe(true);
    expect(sameContent({ endedAt: undefined }, { endedAt: null })).toBe(true);
    expect(differingProperties({}, { endedAt: new Date(0) })).toEqual(['endedAt']);
  });

  it('compares times by their moment', () => {
    const at = '2026-11-22T10:00:00.000Z';
    expect(sameContent({ paidAt: new Date(at) }, { paidAt: new Date(at) })).toBe(true);
    expect(sameContent({ paidAt: new Date(at) }, { paidAt: new Date(Date.parse(at) + 1) })).toBe(false);
  });

  it('compares money by its text: the mapper writes what PostgreSQL returns', () => {
    expect(sameContent({ amount: '79.000' }, { amount: '79.00' })).toBe(false);
  });

  it('compares JSON whatever the order of its members, which PostgreSQL does not keep, but lists by theirs', () => {
    const json = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.record({ a: fc.integer(), b: fc.integer() })),
    );
    fc.assert(
      fc.property(json, (metadata) => {
        const reversed = Object.fromEntries(
          Object.entries(metadata)
            .reverse()
            .map(([name, value]) => [
              name,
              typeof value === 'object' && value !== null ? { b: value.b, a: value.a } : value,
            ]),
        );
        return sameContent({ metadata }, { metadata: reversed });
      }),
    );
    expect(sameContent({ metadata: { a: '1' } }, { metadata: { a: '1', b: '2' } })).toBe(false);
    expect(sameContent({ list: [1, 2] }, { list: [2, 1] })).toBe(false);
  });
});
