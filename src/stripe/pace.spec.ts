import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../common/clock.js';
import { Pace } from './pace.js';

class TimerClock extends Clock {
  override monotonicSeconds(): number {
    return jest.now() / 1000;
  }
}

describe('Pace', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('spreads calls that are made together evenly, in their order', async () => {
    const pace = new Pace(4, new TimerClock());
    const made: [number, number][] = [];
    const calls = [0, 1, 2, 3, 4].map((call) => pace.next().then(() => made.push([call, jest.now()])));
    await jest.advanceTimersByTimeAsync(1_000);
    await Promise.all(calls);
    expect(made).toEqual([
      [0, 0],
      [1, 250],
      [2, 500],
      [3, 750],
      [4, 1000],
    ]);
  });

  it('saves nothing up while nobody calls', async () => {
    const pace = new Pace(2, new TimerClock());
    await pace.next();
    await jest.advanceTimersByTimeAsync(60_000);
    await pace.next();
    let second = false;
    const next = pace.next().then(() => (second = true));
    await jest.advanceTimersByTimeAsync(499);
    expect(second).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await next;
    expect(second).toBe(true);
  });
});
