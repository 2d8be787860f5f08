import { type EventPage } from './event.gateway.js';

/** Stripe may list an event a little late: what is younger than this is looked at again by the next run. */
const OVERLAP_SECONDS = 300;

/** The newest event that is old enough for everything before it to be listed; undefined when none is. */
export function newestSettled({ events, answeredAt }: EventPage): EventPage['events'][number] | undefined {
  return events.find(({ created }) => created <= answeredAt - OVERLAP_SECONDS);
}
