import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryAfterSeconds } from './back-off.js';

describe('retryAfterSeconds', () => {
  it('triples from two seconds to two hours', () => {
    expect([1, 2, 3, 4, 8, 9, 12].map((attempts) => retryAfterSeconds(attempts, 0))).toEqual([
      2, 6, 18, 54, 4374, 7200, 7200,
    ]);
  });

  it('is never shorter than half of that, never longer, and never negative', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          const full = retryAfterSeconds(attempts, 0);
          const seconds = retryAfterSeconds(attempts, random);
          return seconds <= full && seconds >= full / 2 && seconds > 0;
        },
      ),
    );
  });

  it('gives a failing event hours before it is given up', () => {
    const total = Array.from({ length: 11 }, (_, index) => retryAfterSeconds(index + 1, 0.999));
    expect(total.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(3 * 3600);
  });
});
