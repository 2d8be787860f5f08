import { objectType } from '../../kernel/object-type.js';

/** The delivery of one event to one endpoint. It is removed when the endpoint has accepted the event. */
export interface Delivery {
  readonly id: string;
  readonly object: 'sandbox.delivery';
  readonly event: string;
  readonly endpoint: string;
  /** The id of the object that the event is about: its events are sent one after the other. */
  readonly subject: string;
  readonly attempts: number;
  /** `failed`: all attempts were used up. */
  readonly state: 'pending' | 'failed';
  /** Real time in milliseconds. */
  readonly next_attempt_at: number;
  readonly last_error: string | null;
}

export const deliveries = objectType<Delivery>({
  object: 'sandbox.delivery',
  prefix: 'whd',
  indexes: { event: (delivery) => delivery.event, state: (delivery) => delivery.state },
});
