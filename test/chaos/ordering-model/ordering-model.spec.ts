import { describe, expect, it } from '@jest/globals';
import { SLACK_SECONDS } from '../../../src/sync/freshness.js';
import { chaosSettings } from '../chaos-settings.js';
import { OURS, UNSAFE, UNSAFE_WHEN_SLOW } from './rules.js';
import { isCaught, simulateProjection, simulateRules } from './simulation.js';

const { orderings, seed } = chaosSettings();
const PROJECTION_HISTORIES = Math.max(1_000, Math.ceil(orderings / 20));
const CONTROL_HISTORIES = 200_000;
/** Milliseconds; more than enough for each number of histories. */
const TIMEOUT = 30_000 + orderings;
const report = (text: string): void => void process.stdout.write(`${text}\n`);

describe('the order of events', () => {
  it(
    'is of no matter to our rules: every history ends as Stripe, and no older state replaces a newer one',
    () => {
      const { events, retrieves, batched: _none, ...found } = simulateRules(OURS, seed, orderings);
      expect(found).toEqual({ histories: orderings, wrongEnd: [], stepBack: [] });
      expect(events).toBeGreaterThan(orderings);
      if (orderings >= 100_000) report(`${orderings} orderings, ${events} events, ${retrieves} calls to Stripe`);
    },
    TIMEOUT,
  );

  it(
    'is of no matter to the Projection as it is',
    async () => {
      const histories = PROJECTION_HISTORIES;
      expect(await simulateProjection(seed, histories, false)).toMatchObject({ histories, wrongEnd: [], stepBack: [] });
    },
    TIMEOUT,
  );

  it(
    'is of no matter to the Projection where events are taken in together',
    async () => {
      const histories = PROJECTION_HISTORIES;
      const { batched, events, ...found } = await simulateProjection(seed, histories, true);
      expect(found).toMatchObject({ histories, wrongEnd: [], stepBack: [] });
      expect(batched).toBeGreaterThan(events / 10);
    },
    TIMEOUT,
  );

  it.each(Object.entries(UNSAFE))('is a matter where %s', (_name, rules) => {
    expect(isCaught(rules, CONTROL_HISTORIES)).toBe(true);
  });
});

describe('stamps that disagree by more than SLACK', () => {
  it('are what our rules do not survive: SLACK must not be less than they disagree', () => {
    expect(isCaught(OURS, 1_000, { skew: SLACK_SECONDS })).toBe(false);
    expect(isCaught(OURS, CONTROL_HISTORIES, { skew: SLACK_SECONDS + 1 })).toBe(true);
  });
});

describe('slow answers', () => {
  const slow = { slowestAnswer: 5, longestPause: 0, contents: 0, crash: 0, replay: 0, changes: 8 };

  it.each(Object.entries(UNSAFE_WHEN_SLOW))('are a matter where %s', (_name, rules) => {
    expect(isCaught(rules, CONTROL_HISTORIES, slow)).toBe(true);
    expect(isCaught(OURS, 1_000, slow)).toBe(false);
  });
});
