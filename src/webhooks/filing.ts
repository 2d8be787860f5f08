import { unroutedReason } from './event-plan.js';
import { type Filing } from './inbox.js';
import { type StripeEvent } from './stripe-event.js';

/**
 * How an event is stored, as far as its envelope says. Pure.
 * @param event null: what came is no event
 * @param livemode whether the configured key is a live one
 */
export function filingOf(event: StripeEvent | null, livemode: boolean): Filing {
  if (event === null) return { state: 'failed', reason: 'unparsable' };
  if (event.account !== null) return { state: 'ignored', reason: 'connected_account' };
  const reason = unroutedReason(event);
  if (reason !== null) return { state: 'ignored', reason };
  if (event.livemode !== null && event.livemode !== livemode) return { state: 'failed', reason: 'livemode_mismatch' };
  return { state: 'received', reason };
}
