import { describe, expect, it } from '@jest/globals';
import { aggregate } from './usage.js';

describe('usage', () => {
  const events = [
    { value: 3, timestamp: 10 },
    { value: 7, timestamp: 30 },
    { value: 5, timestamp: 20 },
  ];

  it.each([
    ['sum', 15],
    ['count', 3],
    ['last', 7],
  ])('by %s', (formula, expected) => {
    expect(aggregate(formula, events)).toBe(expected);
    expect(aggregate(formula, [])).toBe(0);
  });

  it('takes the later report of one moment as the last', () => {
    expect(aggregate('last', [...events, { value: 9, timestamp: 30 }])).toBe(9);
  });
});
