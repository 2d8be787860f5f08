import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { periodOf } from './usage-period.js';

const at = (text: string) => new Date(text);
const SUNDAY = at('2026-11-22T23:59:59.999Z');

describe('the period in which what is used is added up', () => {
  it.each([
    ['day', '2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['week', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['month', '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
    ['year', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ] as const)('is the calendar %s in UTC', (reset, start, end) => {
    expect(periodOf({ reset }, SUNDAY, null)).toEqual({ start: at(start), end: at(end) });
  });

  it('is that of the subscription, else the calendar month', () => {
    const [currentPeriodStart, currentPeriodEnd] = [at('2026-11-10T10:00:00Z'), at('2026-12-10T10:00:00Z')];
    const of = periodOf({ reset: 'period' }, SUNDAY, { currentPeriodStart, currentPeriodEnd });
    expect(of).toEqual({ start: currentPeriodStart, end: currentPeriodEnd, bySubscription: true });
    expect(periodOf({ reset: 'period' }, SUNDAY, null)).toEqual(periodOf({ reset: 'month' }, SUNDAY, null));
  });

  it('never ends where nothing counts anew', () => {
    expect(periodOf({ reset: 'never' }, SUNDAY, null).end).toBeNull();
  });

  it('holds every moment, and the next one begins where it ends', () => {
    const reset = fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const);
    const moment = fc.date({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(reset, moment, (word, now) => {
        const { start, end } = periodOf({ reset: word }, now, null);
        return start <= now && end !== null && now < end && periodOf({ reset: word }, end, null).start >= end;
      }),
    );
  });
});
