import { type Type } from '@nestjs/common';
import { type Snapshot } from '../sync/projection.js';
import { idOf } from '../stripe/values.js';
import {
  type Mirror,
  type MirrorOfDeletions,
  mirrorOfObject,
  type Route,
  routeOf,
  type Target,
} from './event-routes.js';
import { type StripeEvent } from './stripe-event.js';

/** One object that an event brings up to date. */
export type Step =
  | { by: 'snapshot'; projection: Type<Mirror<unknown>>; id: string; snapshot: Snapshot<unknown> }
  | { by: 'deletion'; projection: Type<MirrorOfDeletions<unknown>>; id: string; snapshot: Snapshot<unknown> }
  | { by: 'refresh'; projection: Target[0]; id: string };

/** Objects to bring up to date, one after the other; `key` is the same for events that concern the same objects. */
export interface Work {
  steps: Step[];
  key: string;
}

/**
 * `announced`: nothing changes, it is only told on. `fetch`: the object that a thin event names must be read first to know which others it concerns.
 */
export type Plan = Work | { announced: true } | { fetch: string; route: Route<unknown> } | { ignored: string };

/** Path of an object of Stripe's API, as thin events give it. */
const OBJECT_URL = /^\/v1\/[a-z_]+(\/[A-Za-z0-9_]+)+$/;

/** A discount has no call of its own at Stripe; the path of one names the subscription that it is taken off. */
const DISCOUNT_URL = /^\/v1\/(?:customers\/[A-Za-z0-9_]+\/)?subscriptions\/(sub_[A-Za-z0-9]+)\/discount$/;

/** Why an event is kept without being handled, as far as its envelope says; null when the worker is to handle it. */
export function unroutedReason({ type, related }: StripeEvent): string | null {
  if (routeOf(type) !== null) return null;
  return related !== null && mirrorOfObject(related.type) !== null ? null : 'unknown_type';
}

/** What is to be done for an event. Pure. */
export function planOf(event: StripeEvent): Plan {
  const route = routeOf(event.type);
  if (route?.by === 'announcement') return event.object === null ? { ignored: 'no_object' } : { announced: true };
  return event.object === null ? planOfThin(event, route) : planOfSnapshot(event, event.object, route);
}

/** What is to be done once the object is there that a route asks for others. */
export function planOfObject(object: unknown, route: Route<unknown>): Work | { ignored: string } {
  if (route.by !== 'refresh') return { ignored: 'no_object' };
  const steps = route.targets(object).flatMap(([projection, reference]): Step[] => {
    const id = idOf(reference);
    return id === null ? [] : [{ by: 'refresh', projection, id }];
  });
  return steps.length === 0 ? { ignored: 'no_object' } : { steps, key: keyOf(steps) };
}

function planOfSnapshot(event: StripeEvent, object: object, route: Route<unknown> | null): Plan {
  if (route === null || route.by === 'announcement') return { ignored: 'unknown_type' };
  if (route.by === 'refresh') return planOfObject(object, route);
  const { objectId: id, created, apiVersion } = event;
  if (id === null) return { ignored: 'no_object' };
  return workOf(
    created === null
      ? { by: 'refresh', projection: route.projection, id }
      : { ...route, id, snapshot: { object, created, apiVersion } },
  );
}

function planOfThin({ related }: StripeEvent, route: Route<unknown> | null): Plan {
  if (related === null) return { ignored: 'no_object' };
  const projection = mirrorOfObject(related.type);
  if (projection !== null) return workOf({ by: 'refresh', projection, id: related.id });
  if (route?.by !== 'refresh') return { ignored: 'unknown_type' };
  if (related.type === 'discount') return planOfObject({ subscription: DISCOUNT_URL.exec(related.url)?.[1] }, route);
  return OBJECT_URL.test(related.url) ? { fetch: related.url, route } : { ignored: 'no_object' };
}

function workOf(step: Step): Work {
  return { steps: [step], key: keyOf([step]) };
}

/** Reading an object again does not stand in for its deletion, which leaves a trace of its own. */
function keyOf(steps: readonly Step[]): string {
  return steps.map(({ by, projection, id }) => `${by === 'deletion' ? by : ''} ${projection.name} ${id}`).join(',');
}
