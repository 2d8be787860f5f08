import { describe, expect, it } from '@jest/globals';
import { Clock, dateFromEpochSeconds } from './clock.js';

class FixedClock extends Clock {
  override now(): Date {
    return new Date('2026-11-22T10:00:00.999Z');
  }
}

describe('Clock', () => {
  it("tells Stripe's unit, whole seconds, without rounding into the future", () => {
    expect(new FixedClock().epochSeconds()).toBe(1_795_341_600);
  });

  it('tells a moment before or after now', () => {
    expect(new FixedClock().secondsFromNow(0.5).toISOString()).toBe('2026-11-22T10:00:01.499Z');
    expect(new FixedClock().secondsFromNow(-60).toISOString()).toBe('2026-11-22T09:59:00.999Z');
  });
});

describe('dateFromEpochSeconds', () => {
  it('takes seconds, of which 0 is a moment like any other, and nothing for nothing', () => {
    expect(dateFromEpochSeconds(1_795_341_600)).toEqual(new Date('2026-11-22T10:00:00Z'));
    expect(dateFromEpochSeconds(0)).toEqual(new Date(0));
    expect([dateFromEpochSeconds(null), dateFromEpochSeconds(undefined)]).toEqual([null, null]);
  });
});
