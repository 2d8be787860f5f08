/**
 * Stripe stamps whole seconds, and its own stamps may disagree by this much; closer than that, order is not known.
 * Must be at least the skew between the `created` of events and the `Date` of answers.
 */
export const SLACK_SECONDS = 2;

/** What is known of a row when a snapshot arrives. */
export interface Freshness {
  asOfFrom: number;
  asOfTo: number;
  /** True when the row is in a state that Stripe never leaves. */
  terminal: boolean;
}

export type Decision = 'write' | 'outdated' | 'confirm' | 'refresh';

/**
 * Decides what a snapshot of an event does to a row, from Stripe's stamps alone. Simpler rules (one timestamp; "equal
 * means nothing to do") were seen to lose updates in simulation: keep it whole.
 * @param created `created` of the event, seconds
 * @param equal the snapshot says what the row says already
 */
export function decide(row: Freshness, created: number, snapshotTerminal: boolean, equal: boolean): Decision {
  if (created > row.asOfTo + SLACK_SECONDS && !(row.terminal && !snapshotTerminal)) return 'write';
  if (created < row.asOfFrom - SLACK_SECONDS) return 'outdated';
  return equal ? 'confirm' : 'refresh';
}

/** Bounds after an answer: read between the sending of the request and its `Date`, give or take the time it took. */
export function boundsOfAnswer(answeredAt: number, elapsedSeconds: number): { asOfFrom: number; asOfTo: number } {
  return { asOfFrom: answeredAt - elapsedSeconds, asOfTo: answeredAt + elapsedSeconds };
}
