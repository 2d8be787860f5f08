import { API_VERSION } from '../api-version.js';
import { type Context, type EventSink, newId } from '../kernel/context.js';
import { type Delivery, deliveries } from '../objects/event/delivery-type.js';
import { type StoredEvent, events } from '../objects/event/event-type.js';
import { schedulePruning } from '../objects/event/prune-events.js';
import { webhookEndpoints } from '../objects/webhook-endpoint/webhook-endpoint-type.js';
import { type Change } from '../store/journal.js';
import { type StoredObject } from '../store/object-kind.js';
import { Chaos } from './chaos.js';
import { previousAttributes } from './previous-attributes.js';

/** What an event shows that came of no request. */
const NO_REQUEST: StoredEvent['request'] = Object.freeze({ id: null, idempotency_key: null });

/** Writes events and queues their deliveries, within the running transaction. */
export class EventLog implements EventSink {
  readonly chaos = new Chaos();
  private listener: (delivery: Delivery) => void = () => undefined;

  /** Registers who sends a queued delivery once it is durable. */
  onDelivery(listener: (delivery: Delivery) => void): void {
    this.listener = listener;
  }

  emit(context: Context, type: string, record: StoredObject, previous?: StoredObject): void {
    const shown = context.present(record);
    const changes = previous === undefined ? undefined : previousAttributes(context.present(previous), shown);
    this.write(context, type, record, {
      object: shown,
      ...(changes === undefined ? {} : { previous_attributes: changes }),
    });
  }

  emitUpdated(context: Context, type: string, before: StoredObject, after: StoredObject): boolean {
    const shown = context.present(after);
    const previous = previousAttributes(context.present(before), shown);
    if (previous !== undefined) this.write(context, type, after, { object: shown, previous_attributes: previous });
    return previous !== undefined;
  }

  committed(changes: readonly Change[], durable: Promise<void>): void {
    const added = changes.flatMap(([object, , record]) =>
      object === deliveries.object && record !== null && (record as Delivery).attempts === 0
        ? [record as Delivery]
        : [],
    );
    if (added.length === 0) return;
    durable.then(
      () => added.forEach(this.listener),
      () => undefined,
    );
  }

  private write(context: Context, type: string, record: StoredObject, data: StoredEvent['data']): void {
    const testClock = (record as { test_clock?: string | null }).test_clock;
    const event: StoredEvent = {
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: this.chaos.eventTime(testClock === undefined ? context.now() : context.now(testClock)),
      data,
      livemode: false,
      request:
        context.request === null
          ? NO_REQUEST
          : { id: context.request.id, idempotency_key: context.request.idempotencyKey },
      type,
      sandbox: { emitted: context.now(null) },
    };
    context.objects(events).insert(event);
    schedulePruning(context);
    for (const endpoint of context.objects(webhookEndpoints)) {
      if (endpoint.status !== 'enabled') continue;
      if (!endpoint.enabled_events.includes('*') && !endpoint.enabled_events.includes(type)) continue;
      context.objects(deliveries).insert({
        id: newId('whd'),
        object: 'sandbox.delivery',
        event: event.id,
        endpoint: endpoint.id,
        subject: record.id,
        attempts: 0,
        state: 'pending',
        next_attempt_at: 0,
        last_error: null,
      });
    }
  }
}
