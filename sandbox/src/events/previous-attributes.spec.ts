import { describe, expect, it } from '@jest/globals';
import { previousAttributes } from './previous-attributes.js';

describe('previous attributes', () => {
  it('are the old values of the fields that differ', () => {
    expect(previousAttributes({ a: 1, b: 2, c: [1] }, { a: 1, b: 3, c: [1] })).toEqual({ b: 2 });
    expect(previousAttributes({ a: [1, 2] }, { a: [1, 3] })).toEqual({ a: [1, 2] });
  });

  it('are undefined when nothing differs', () => {
    expect(previousAttributes({ a: { b: [1] } }, { a: { b: [1] } })).toBeUndefined();
  });

  it('name within a hash only what differs, but an object as a whole', () => {
    expect(previousAttributes({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } })).toEqual({ a: { c: 2 } });
    const before = { items: { object: 'list', data: [1], url: '/' } };
    expect(previousAttributes(before, { items: { object: 'list', data: [2], url: '/' } })).toEqual(before);
  });

  it('are null for fields that were not there', () => {
    expect(previousAttributes({}, { a: 1 })).toEqual({ a: null });
    expect(previousAttributes({ a: null }, { a: { b: 1 } })).toEqual({ a: null });
    expect(previousAttributes({ a: 1 }, {})).toEqual({ a: 1 });
  });
});
