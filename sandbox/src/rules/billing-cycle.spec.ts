import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addIntervals,
  anchorFromConfig,
  type BillingInterval,
  type Cadence,
  compareCadences,
  firstPeriod,
  nextBoundary,
  periodContaining,
  trialEnd,
} from './billing-cycle.js';

const at = (iso: string): number => Date.parse(`${iso.length === 10 ? `${iso}T00:00:00` : iso}Z`) / 1000;
const every = (interval: BillingInterval, interval_count = 1): Cadence => ({ interval, interval_count });
const boundaries = (anchor: number, cadence: Cadence, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    new Date(addIntervals(anchor, cadence, index) * 1000).toISOString().slice(0, 10),
  );

describe('billing cycles (the examples of the documentation)', () => {
  it.each([
    ['2 September, monthly', '2026-09-02', every('month'), ['2026-09-02', '2026-10-02', '2026-11-02', '2026-12-02']],
    ['31 January, monthly', '2026-01-31', every('month'), ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']],
    ['31 January, leap year', '2028-01-31', every('month'), ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30']],
    ['Friday 3 June, weekly', '2022-06-03', every('week'), ['2022-06-03', '2022-06-10', '2022-06-17', '2022-06-24']],
    ['31 August, quarterly', '2026-08-31', every('month', 3), ['2026-08-31', '2026-11-30', '2027-02-28', '2027-05-31']],
    ['29 February, yearly', '2028-02-29', every('year'), ['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28']],
    ['daily over the new year', '2026-12-31', every('day'), ['2026-12-31', '2027-01-01', '2027-01-02', '2027-01-03']],
  ])('%s', (_name, anchor, cadence, expected) => {
    expect(boundaries(at(anchor), cadence, 4)).toEqual(expected);
  });

  it('keeps the time of day of the anchor', () => {
    expect(addIntervals(at('2026-01-31T22:15:07'), every('month'), 1)).toBe(at('2026-02-28T22:15:07'));
  });

  it('begins a short first period when the anchor is ahead', () => {
    const start = at('2026-11-22T10:00:00');
    expect(firstPeriod(at('2026-12-01'), every('month'), start)).toEqual({ start, end: at('2026-12-01') });
  });

  it('finds a whole first period when the anchor is the start', () => {
    const start = at('2026-01-31');
    expect(firstPeriod(start, every('month'), start)).toEqual({ start, end: at('2026-02-28') });
  });

  it('puts an instant on a boundary into the period that begins there', () => {
    expect(periodContaining(at('2026-01-31'), every('month'), at('2026-02-28'))).toEqual({
      start: at('2026-02-28'),
      end: at('2026-03-31'),
    });
  });

  it('ends a trial after whole days', () => {
    expect(trialEnd(at('2026-02-20T08:00:00'), 14)).toBe(at('2026-03-06T08:00:00'));
  });

  it('orders cadences by length', () => {
    expect(compareCadences(every('week'), every('month'))).toBeLessThan(0);
    expect(compareCadences(every('month', 12), every('year'))).toBe(0);
  });
});

describe('billing_cycle_anchor_config', () => {
  it.each([
    ['the 31st, asked on 15 February', { day_of_month: 31 }, '2026-02-15T09:30:00', '2026-02-28T09:30:00'],
    ['the 1st, asked on the 15th', { day_of_month: 1 }, '2026-02-15T09:30:00', '2026-03-01T09:30:00'],
    ['the 15th itself', { day_of_month: 15 }, '2026-02-15T09:30:00', '2026-02-15T09:30:00'],
    ['midnight of today has passed', { day_of_month: 15, hour: 0 }, '2026-02-15T09:30:00', '2026-03-15T00:30:00'],
    ['31 December', { day_of_month: 31, month: 12 }, '2026-02-15T09:30:00', '2026-12-31T09:30:00'],
  ])('%s', (_name, config, start, expected) => {
    expect(anchorFromConfig(config, at(start))).toBe(at(expected));
  });
});

describe('periods of any anchor and cadence', () => {
  const cadence = fc.record({
    interval: fc.constantFrom<BillingInterval>('day', 'week', 'month', 'year'),
    interval_count: fc.integer({ min: 1, max: 24 }),
  });
  const instant = fc.integer({ min: at('2000-01-01'), max: at('2060-01-01') });

  it('hold the instant asked for and touch the next period without a gap', () => {
    fc.assert(
      fc.property(instant, cadence, instant, (anchor, every_, asked) => {
        const period = periodContaining(anchor, every_, asked);
        expect(period.start).toBeLessThanOrEqual(asked);
        expect(period.end).toBeGreaterThan(asked);
        expect(periodContaining(anchor, every_, period.end).start).toBe(period.end);
        expect(nextBoundary(anchor, every_, period.start)).toBe(period.end);
      }),
    );
  });
});
