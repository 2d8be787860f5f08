import { type Random } from './random.js';

/** What may go wrong in a history, and how badly. */
export interface Circumstances {
  /** Seconds by which Stripe's own stamps may disagree. */
  skew: number;
  /** Seconds that the slowest answer takes. */
  slowestAnswer: number;
  /** Seconds that a worker may stand still between two steps. */
  longestPause: number;
  /** How many contents the object changes between, so that it comes back to an earlier one; 0: each one is new. */
  contents: number;
  /** The object may be in a state that counts as final. */
  terminal: boolean;
  /** Probability that an event is delivered twice. */
  duplicate: number;
  /** Probability at each step that the process dies; its event is then delivered again. */
  crash: number;
  /** Probability that a request of ours is repeated after its answer was lost, so that Stripe replays the answer. */
  replay: number;
  /** Probability that a change is made by a request of ours and not by somebody else. */
  own: number;
  gaps: 'burst' | 'seconds' | 'sparse' | 'mixed';
  changes: number;
}

/** Circumstances as hostile as they may get while SLACK covers the skew of the stamps. */
export function drawCircumstances(random: Random): Circumstances {
  return {
    skew: random.pick([0, 1, 2]),
    slowestAnswer: random.pick([0, 0.5, 1, 2, 5]),
    longestPause: random.pick([0, 10, 20]),
    contents: random.pick([0, 2, 3]),
    terminal: random.chance(0.3),
    duplicate: random.pick([0, 0.3, 0.5]),
    crash: random.pick([0, 0.03, 0.05]),
    replay: random.pick([0, 0.3]),
    own: random.pick([0, 0.4, 0.8]),
    gaps: random.pick(['burst', 'seconds', 'sparse', 'mixed']),
    changes: 1 + Math.floor(random.next() * 8),
  };
}

/** Seconds until the next change. */
export function drawGap(random: Random, gaps: Circumstances['gaps']): number {
  switch (gaps === 'mixed' ? random.pick(['burst', 'seconds', 'sparse']) : gaps) {
    case 'burst':
      return random.between(0, 0.4);
    case 'seconds':
      return random.between(0, 2);
    default:
      return random.between(3, 10);
  }
}
