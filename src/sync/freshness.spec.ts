import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundsOfAnswer, decide, type Freshness, SLACK_SECONDS } from './freshness.js';

const row = (changes: Partial<Freshness> = {}): Freshness => ({
  asOfFrom: 1000,
  asOfTo: 1000,
  terminal: false,
  ...changes,
});

describe('decide', () => {
  it('writes what happened surely after everything that the row holds', () => {
    expect(decide(row(), 1000 + SLACK_SECONDS + 1, false, false)).toBe('write');
  });

  it('leaves what happened surely before the row was read', () => {
    expect(decide(row(), 1000 - SLACK_SECONDS - 1, false, false)).toBe('outdated');
  });

  it('asks Stripe where the stamps do not tell the order, the two ends included', () => {
    for (const created of [1000 - SLACK_SECONDS, 999, 1000, 1001, 1000 + SLACK_SECONDS])
      expect(decide(row(), created, false, false)).toBe('refresh');
  });

  it('confirms the row in that time where the snapshot says the same', () => {
    expect(decide(row(), 1000, false, true)).toBe('confirm');
  });

  it('lets a row out of a state that Stripe never leaves only after asking Stripe', () => {
    const ended = row({ terminal: true });
    expect(decide(ended, 9999, false, false)).toBe('refresh');
    expect(decide(ended, 9999, true, false)).toBe('write');
  });

  it('takes a row for as uncertain as the call took that read it', () => {
    const read = row({ asOfFrom: 990, asOfTo: 1010 });
    expect([decide(read, 1012, false, false), decide(read, 1013, false, false)]).toEqual(['refresh', 'write']);
    expect([decide(read, 988, false, false), decide(read, 987, false, false)]).toEqual(['refresh', 'outdated']);
  });

  it('never writes an older snapshot over a newer one whose stamps are off by no more than the slack', () => {
    const second = fc.integer({ min: 0, max: 100 });
    const skew = fc.integer({ min: 0, max: SLACK_SECONDS });
    fc.assert(
      fc.property(second, second, skew, (olderAt, newerAt, off) => {
        fc.pre(olderAt <= newerAt);
        // The row holds what happened at `newerAt`; the older event is stamped late by `off`.
        const decision = decide(row({ asOfFrom: newerAt, asOfTo: newerAt }), olderAt + off, false, false);
        return decision !== 'write';
      }),
    );
  });
});

describe('boundsOfAnswer', () => {
  it('reach from the sending of the request to its answer, and as far beyond', () => {
    expect(boundsOfAnswer(1000, 3)).toEqual({ asOfFrom: 997, asOfTo: 1003 });
  });
});
