import { boundsOfAnswer, decide, SLACK_SECONDS } from '../../../src/sync/freshness.js';

/** What a mirror decides by. */
export interface Rules {
  decide: typeof decide;
  boundsOfAnswer: typeof boundsOfAnswer;
  /** What a snapshot changes that says what the row says already. */
  confirmation: 'version and bound' | 'bound only' | 'nothing';
  /** A write succeeds only if nothing was written since the row was read. */
  compareAndSet: boolean;
  /** The replay of an answer counts as if it were new. */
  trustsReplays: boolean;
}

/** The rules of the product. */
export const OURS: Rules = {
  decide,
  boundsOfAnswer,
  confirmation: 'version and bound',
  compareAndSet: true,
  trustsReplays: false,
};

/** Rules that look right and lose updates: each must be caught, or the simulation proves nothing. */
export const UNSAFE: Readonly<Record<string, Rules>> = {
  'whatever comes is written': { ...OURS, decide: () => 'write' },
  'the newer stamp wins, at equal stamps the later delivery': {
    ...OURS,
    decide: (row, created) => (created >= row.asOfTo ? 'write' : 'outdated'),
  },
  'the newer stamp wins, at equal stamps nothing is done': {
    ...OURS,
    decide: (row, created) => (created > row.asOfTo ? 'write' : 'outdated'),
  },
  'stamps are believed to the second': {
    ...OURS,
    decide: (row, created, terminal, equal) => {
      const shrunk = { ...row, asOfFrom: row.asOfFrom + SLACK_SECONDS, asOfTo: row.asOfTo - SLACK_SECONDS };
      return decide(shrunk, created, terminal, equal);
    },
  },
  'equal content changes nothing': { ...OURS, confirmation: 'nothing' },
  'equal content does not raise the version': { ...OURS, confirmation: 'bound only' },
  'a write does not look whether the row has changed': { ...OURS, compareAndSet: false },
  'a replayed answer is believed': { ...OURS, trustsReplays: true },
};

/** Caught only where Stripe takes its time. */
export const UNSAFE_WHEN_SLOW: Readonly<Record<string, Rules>> = {
  'the Date of an answer counts as a point in time': {
    ...OURS,
    boundsOfAnswer: (answeredAt) => ({ asOfFrom: answeredAt, asOfTo: answeredAt }),
  },
  'the time that an answer took is subtracted only': {
    ...OURS,
    boundsOfAnswer: (answeredAt, elapsed) => ({ asOfFrom: answeredAt - elapsed, asOfTo: answeredAt }),
  },
};
