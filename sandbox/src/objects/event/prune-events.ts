import { type Context } from '../../kernel/context.js';
import { SECONDS_PER_DAY } from '../../rules/billing-cycle.js';
import { deliveries } from './delivery-type.js';
import { events } from './event-type.js';

/** The daily removal of old events. */
export const EVENTS_DUE = 'events.prune';

const RETENTION_SECONDS = 30 * SECONDS_PER_DAY;
/** Past how many events that still wait for their delivery the removal of old events goes: the rest comes later. */
const PRUNE_PAST = 1_000;

function setNextPruning(context: Context): void {
  context.setDue(EVENTS_DUE, 'all', context.now(null) + SECONDS_PER_DAY, null);
}

/** Sets when old events are removed next, unless that is set already. */
export function schedulePruning(context: Context): void {
  if (context.dueAt(EVENTS_DUE, 'all') === undefined) setNextPruning(context);
}

/**
 * Removes the events that are older than Stripe keeps them. What is still to be delivered stays: deliveries take real
 * time, of which a move of the clock takes none.
 */
export function pruneEvents(context: Context): void {
  const oldest = context.now(null) - RETENTION_SECONDS;
  let waiting = 0;
  for (const event of context.objects(events)) {
    if (event.sandbox.emitted >= oldest || waiting > PRUNE_PAST) break;
    const sent = context.objects(deliveries).where('event', event.id);
    if (sent.some(({ state }) => state === 'pending')) {
      waiting += 1;
      continue;
    }
    for (const delivery of sent) context.objects(deliveries).remove(delivery.id);
    context.objects(events).remove(event.id);
  }
  setNextPruning(context);
}
