import { describe, expect, it } from '@jest/globals';
import { ClockCheck, surelyAhead } from './clock-check.js';
import { Readiness } from './readiness.js';

describe('the clock of this machine', () => {
  it.each([
    ['ahead', 100, 102, 40, 60],
    ['behind', 100, 102, 142, -40],
    ['right, as far as a slow answer tells', 100, 160, 130, 0],
  ])('is %s', (_what, before, after, other, expected) => {
    expect(surelyAhead(before, after, other)).toBe(expected);
  });

  it('is wrong as long as it is more than 30 seconds off either of the others', () => {
    const readiness = new Readiness();
    const check = new ClockCheck(readiness);
    const states = [];
    for (const [other, seconds] of [
      ['PostgreSQL', 30],
      ['PostgreSQL', -31],
      ['Stripe', 31],
      ['PostgreSQL', 0],
      ['Stripe', -30],
    ] as const) {
      check.note(other, seconds);
      states.push(check.isRight());
    }
    expect(states).toEqual([true, false, false, false, true]);
    expect(readiness.parts()).toEqual([{ part: 'clock', works: true }]);
  });
});
