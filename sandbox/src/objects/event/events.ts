import { invalidRequest } from '../../errors/stripe-error.js';
import { inRange, listPage } from '../../http/lists.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { deliveries } from './delivery-type.js';
import { listParameters } from './event-parameters.js';
import { type StoredEvent, events } from './event-type.js';
import { EVENTS_DUE, pruneEvents } from './prune-events.js';

/** `invoice.*` stands for all types that begin with `invoice.`. */
function hasType(event: StoredEvent, wanted: string): boolean {
  return wanted.endsWith('*') ? event.type.startsWith(wanted.slice(0, -1)) : event.type === wanted;
}

const list = route({
  method: 'GET',
  path: '/v1/events',
  parameters: listParameters,
  handle({ context, parameters }) {
    const { type, types, delivery_success: delivered } = parameters;
    if (type !== undefined && types !== undefined) throw invalidRequest('You may pass either type or types, not both.');
    const open = (event: StoredEvent): boolean => context.objects(deliveries).count('event', event.id) > 0;
    return listPage(context, events, parameters, {
      url: '/v1/events',
      filter: (event) =>
        inRange(event.created, parameters.created) &&
        (type === undefined || hasType(event, type)) &&
        (types === undefined || types.some((wanted) => hasType(event, wanted))) &&
        (delivered === undefined || open(event) !== delivered),
    });
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/events/:event',
  parameters: {},
  handle: ({ context, path }) => context.present(context.objects(events).require(path.event)),
});

export const eventResource: Resource = {
  types: [events, deliveries],
  routes: [list, retrieve],
  due: { [EVENTS_DUE]: pruneEvents },
};
