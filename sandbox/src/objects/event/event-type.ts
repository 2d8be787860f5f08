import { type ReadContext, objectType } from '../../kernel/object-type.js';
import { deliveries } from './delivery-type.js';

/** An event as it is stored; `pending_webhooks` is counted when it is shown. */
export interface StoredEvent {
  readonly id: string;
  readonly object: 'event';
  readonly api_version: string;
  readonly created: number;
  readonly data: { readonly object: object; readonly previous_attributes?: object };
  readonly livemode: false;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
  readonly type: string;
  /** The sandbox's own time of emission, which the retention of 30 days counts from. */
  readonly sandbox: { readonly emitted: number };
}

export const events = objectType<StoredEvent>({
  object: 'event',
  prefix: 'evt',
  present: (event, context) => presentEvent(context, event),
});

type ShownEvent = Omit<StoredEvent, 'sandbox'> & { readonly pending_webhooks: number };

/** The event as the API shows it and as it is delivered. */
export function presentEvent(context: ReadContext, event: StoredEvent): ShownEvent {
  return {
    id: event.id,
    object: event.object,
    api_version: event.api_version,
    created: event.created,
    data: event.data,
    livemode: event.livemode,
    pending_webhooks: context.objects(deliveries).count('event', event.id),
    request: event.request,
    type: event.type,
  };
}
