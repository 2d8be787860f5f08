import { mergeMetadata } from '../../http/parameters.js';
import { invalidRequest } from '../../errors/stripe-error.js';
import { type Context } from '../../kernel/context.js';
import { scheduleSubscription } from '../subscription/save-subscription.js';
import { subscriptions } from '../subscription/subscription-type.js';
import { advanceSchedule, changesItems, enterPhase } from './advance-subscription-schedule.js';
import { SCHEDULE_DUE, withDefaults } from './create-subscription-schedule.js';
import { computePhases } from './compute-phases.js';
import { type PhaseParameters, type ScheduleUpdateParameters } from './subscription-schedule-parameters.js';
import { type SchedulePhase, type SubscriptionSchedule, subscriptionSchedules } from './subscription-schedule-type.js';

/** The new phases: past ones may be left out, the current one must keep its start. */
function newPhases(
  context: Context,
  schedule: SubscriptionSchedule,
  sent: readonly PhaseParameters[],
): SchedulePhase[] {
  const current = schedule.current_phase;
  const given = sent[0]?.start_date === 'now' ? context.now() : sent[0]?.start_date;
  const start = given ?? current?.start_date ?? schedule.phases[0]?.start_date ?? context.now();
  const computed = computePhases(context, schedule.customer, sent, start);
  if (current !== null && !computed.some((phase) => phase.start_date === current.start_date)) {
    throw invalidRequest('You can not modify the start date of the current phase. Pass its `start_date` as it is.', {
      param: 'phases[0][start_date]',
    });
  }
  return computed;
}

/** Lets the current phase of changed phases act on the subscription at once. */
function applyCurrentPhase(context: Context, schedule: SubscriptionSchedule, sent: ScheduleUpdateParameters): void {
  const subscription = context.objects(subscriptions).get(schedule.subscription ?? '');
  const current = schedule.phases.find((phase) => phase.start_date === schedule.current_phase?.start_date);
  if (subscription === undefined || current === undefined) return;
  if (changesItems(subscription, current)) {
    enterPhase(context, subscription, current, sent.proration_behavior ?? 'create_prorations');
  }
  const moved = advanceSchedule(context, context.objects(subscriptions).require(subscription.id));
  scheduleSubscription(context, context.objects(subscriptions).require(moved.id));
}

/** Changes a schedule; emits `subscription_schedule.updated`. */
export function updateSchedule(
  context: Context,
  before: SubscriptionSchedule,
  sent: ScheduleUpdateParameters,
): SubscriptionSchedule {
  const phases = sent.phases === undefined ? before.phases : newPhases(context, before, sent.phases);
  const current = phases.find((phase) => phase.start_date === before.current_phase?.start_date);
  const after = context.objects(subscriptionSchedules).update(before.id, {
    current_phase: current === undefined ? null : { start_date: current.start_date, end_date: current.end_date },
    default_settings: withDefaults(context, before.customer, before.default_settings, sent.default_settings),
    end_behavior: sent.end_behavior ?? before.end_behavior,
    metadata: mergeMetadata(before.metadata ?? {}, sent.metadata),
    phases,
  });
  context.emitUpdated('subscription_schedule.updated', before, after);
  if (after.status === 'not_started') {
    context.setDue(SCHEDULE_DUE, after.id, phases[0]?.start_date ?? context.now());
  } else if (sent.phases !== undefined) applyCurrentPhase(context, after, sent);
  return context.objects(subscriptionSchedules).require(after.id);
}
