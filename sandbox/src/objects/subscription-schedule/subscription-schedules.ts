import { inRange, listPage } from '../../http/lists.js';
import { route } from '../../http/router.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { type Resource } from '../../http/resource.js';
import { cancelSubscription } from '../subscription/cancel-subscription.js';
import { saveSubscription } from '../subscription/save-subscription.js';
import { subscriptions } from '../subscription/subscription-type.js';
import { releaseSchedule } from './advance-subscription-schedule.js';
import { SCHEDULE_DUE, createSchedule, startSchedule } from './create-subscription-schedule.js';
import {
  cancelParameters,
  createParameters,
  listParameters,
  olderParameters,
  releaseParameters,
  updateParameters,
} from './subscription-schedule-parameters.js';
import { type SubscriptionSchedule, subscriptionSchedules } from './subscription-schedule-type.js';
import { updateSchedule } from './update-subscription-schedule.js';

const path = '/v1/subscription_schedules/:schedule';

function requireSchedule(context: Context, id: string): SubscriptionSchedule {
  const schedule = context.objects(subscriptionSchedules).require(id);
  context.useTestClock(schedule.test_clock);
  return schedule;
}

/** Only a schedule that is running or has not begun can be changed. */
function requireLive(schedule: SubscriptionSchedule): SubscriptionSchedule {
  if (schedule.status === 'active' || schedule.status === 'not_started') return schedule;
  throw invalidRequest(
    `You cannot change this subscription schedule because it is in the \`${schedule.status}\` status.`,
  );
}

const create = route({
  method: 'POST',
  path: '/v1/subscription_schedules',
  parameters: createParameters,
  olderParameters,
  handle: ({ context, parameters }) => context.present(createSchedule(context, parameters)),
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(requireSchedule(context, names.schedule)),
});

const update = route({
  method: 'POST',
  path,
  parameters: updateParameters,
  olderParameters,
  handle: ({ context, path: names, parameters }) =>
    context.present(updateSchedule(context, requireLive(requireSchedule(context, names.schedule)), parameters)),
});

const release = route({
  method: 'POST',
  path: `${path}/release`,
  parameters: releaseParameters,
  handle({ context, path: names, parameters }) {
    const schedule = requireLive(requireSchedule(context, names.schedule));
    const subscription = context.objects(subscriptions).get(schedule.subscription ?? '');
    if (subscription === undefined) throw invalidRequest('The schedule has no subscription to release.');
    const released = releaseSchedule(context, schedule, subscription);
    if (parameters.preserve_cancel_date !== true && released.cancel_at !== null) {
      saveSubscription(context, released, { ...released, cancel_at: null, cancel_at_period_end: false });
    }
    return context.present(requireSchedule(context, schedule.id));
  },
});

const cancel = route({
  method: 'POST',
  path: `${path}/cancel`,
  parameters: cancelParameters,
  handle({ context, path: names, parameters }) {
    const schedule = requireLive(requireSchedule(context, names.schedule));
    const subscription = context.objects(subscriptions).get(schedule.subscription ?? '');
    if (subscription !== undefined) {
      cancelSubscription(context, subscription, {
        invoice_now: parameters.invoice_now ?? true,
        prorate: parameters.prorate ?? true,
      });
      return context.present(requireSchedule(context, schedule.id));
    }
    context.clearDue(SCHEDULE_DUE, schedule.id);
    const canceled = context
      .objects(subscriptionSchedules)
      .update(schedule.id, { status: 'canceled', canceled_at: context.now() });
    context.emit('subscription_schedule.canceled', canceled);
    return context.present(canceled);
  },
});

const list = route({
  method: 'GET',
  path: '/v1/subscription_schedules',
  parameters: listParameters,
  handle: ({ context, parameters: sent }) =>
    listPage(context, subscriptionSchedules, sent, {
      url: '/v1/subscription_schedules',
      among:
        sent.customer === undefined
          ? undefined
          : context.objects(subscriptionSchedules).where('customer', sent.customer),
      filter: (schedule) =>
        (schedule.test_clock === null || sent.customer !== undefined) &&
        inRange(schedule.created, sent.created) &&
        inRange(schedule.canceled_at, sent.canceled_at) &&
        inRange(schedule.completed_at, sent.completed_at) &&
        inRange(schedule.released_at, sent.released_at) &&
        (sent.scheduled === undefined || (schedule.status === 'not_started') === sent.scheduled),
    }),
});

export const subscriptionScheduleResource: Resource = {
  types: [subscriptionSchedules],
  routes: [create, retrieve, update, release, cancel, list],
  due: { [SCHEDULE_DUE]: (context, id) => startSchedule(context, requireSchedule(context, id)) },
};
