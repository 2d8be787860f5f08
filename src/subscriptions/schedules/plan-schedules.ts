import { type OnCommit } from '../../sync/projection.js';
import { Injectable, Logger } from '@nestjs/common';
import { PlansService } from '../../catalogue/plans.service.js';
import { Transactions } from '../../database/transactions.js';
import { Operations } from '../../operations/operations.js';
import { type StripeOperation, subjectOf } from '../../operations/stripe-operation.entity.js';
import { idOf } from '../../stripe/values.js';
import { SubscriptionCommands } from '../subscription-commands.js';
import { Targets } from '../targets.js';
import { type Drawn, SubscriptionSchedule } from './subscription-schedule.entity.js';
import {
  type SchedulePhases,
  type StripeSchedule,
  SubscriptionScheduleGateway,
} from './subscription-schedule.gateway.js';
import {
  basisOf,
  type HeldUpState,
  hasEnded,
  lastItemsOf,
  laterPhases,
  metadataOf,
  nextItemsOf,
  phasesWithNext,
  type ScheduledState,
  scheduledStateOf,
  toPhase,
} from './subscription-schedule.mapper.js';
import { SubscriptionScheduleProjection } from './subscription-schedule.projection.js';
import { type StripeSubscription, SubscriptionGateway } from '../subscription.gateway.js';

/** Changes of plan that wait for the end of the period: Stripe's subscription schedules. */
@Injectable()
export class PlanSchedules {
  private readonly logger = new Logger(PlanSchedules.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly operations: Operations,
    private readonly plans: PlansService,
    private readonly targets: Targets,
    private readonly commands: SubscriptionCommands,
    private readonly gateway: SubscriptionGateway,
    private readonly schedules: SubscriptionScheduleGateway,
    private readonly projection: SubscriptionScheduleProjection,
  ) {}

  /** Has plan, seats or add-ons change when the period of the plan ends; everything else of the subscription stays. */
  async schedulePlan(
    stripeSubscriptionId: string,
    scheduleId: string | null,
    state: ScheduledState,
    onCommit?: OnCommit,
  ): Promise<void> {
    const schedule = await this.scheduleOf(stripeSubscriptionId, scheduleId);
    const { subscription } = await this.commands.perform(stripeSubscriptionId, () =>
      this.gateway.retrieveExisting(stripeSubscriptionId),
    );
    await this.draw(schedule, subscription, state, onCommit);
  }

  /** The phases that wait in a schedule that somebody else made; null for one of ours, which its price alone tells. */
  async foreignPhases(scheduleId: string): Promise<SchedulePhases | null> {
    if ((await this.find(scheduleId))?.drawn != null) return null;
    const { object } = await this.schedules.retrieve(scheduleId);
    return object === null ? null : laterPhases(object);
  }

  /** Puts a released schedule of somebody else back, with the phases that waited in it. */
  async restoreForeign(stripeSubscriptionId: string, phases: SchedulePhases): Promise<void> {
    const schedule = await this.scheduleOf(stripeSubscriptionId, null);
    const [present] = schedule.phases;
    const end = phases[0]?.start_date;
    if (present === undefined || end === undefined) return;
    const ticket = await this.projection.beforeCommand(schedule.id);
    const answer = await this.schedules.draw(schedule.id, [{ ...toPhase(present), end_date: end }, ...phases], {});
    await this.projection.applyAnswer(ticket, answer);
    await this.commands.refresh(stripeSubscriptionId);
  }

  /**
   * `schedule.redraw`: the subscription was changed at Stripe while a change of plan of ours waits, whose phases repeat
   * what it was before. Phases that somebody else has changed meanwhile are left as they are.
   */
  async redraw(operation: StripeOperation): Promise<void> {
    const stripeId = operation.subjectStripeId;
    const subscription = stripeId === null ? null : (await this.gateway.retrieve(stripeId)).object;
    if (subscription !== null) await this.redrawFor(subscription);
    await this.transactions.run((manager) =>
      this.operations.close(manager, operation, { state: 'done', resultStripeId: stripeId }),
    );
    // A change that came in since it was read found the operation open.
    if (subscription !== null) await this.commands.refresh(subscription.id);
  }

  /**
   * `schedule.draw`: a change that waited for its payment was paid or given up, and what waits for the end of the period could
   * not meanwhile. Whatever was arranged since then stands.
   */
  async drawAfterWaiting(operation: StripeOperation): Promise<void> {
    const stripeId = subjectOf(operation);
    const { state, phases } = operation.request as unknown as Pick<HeldUpState, 'state' | 'phases'>;
    const { object } = await this.gateway.retrieve(stripeId);
    if (object !== null && canBeScheduled(object))
      await (phases === null ? this.schedulePlan(stripeId, null, state) : this.restoreForeign(stripeId, phases));
    await this.operations.complete(operation, stripeId);
  }

  private async redrawFor(subscription: StripeSubscription): Promise<void> {
    const scheduleId = idOf(subscription.schedule);
    const row = scheduleId === null ? null : await this.find(scheduleId);
    const state = scheduledStateOf(row);
    if (row === null || row.drawn === null || state === null || scheduleId === null) return;
    if (row.drawn.basis === basisOf(subscription, this.plans.findPlan)) return;
    const { object: schedule } = await this.schedules.retrieve(scheduleId);
    if (schedule === null || hasEnded(schedule.status)) return;
    if (nextItemsOf(schedule) !== row.drawn.next) {
      const facts = { stripe_subscription_id: subscription.id, stripe_schedule_id: scheduleId };
      this.logger.warn(facts, 'A scheduled change was edited at Stripe and is left as it is');
      return;
    }
    await this.draw(schedule, subscription, state);
  }

  private async draw(
    schedule: StripeSchedule,
    subscription: StripeSubscription,
    state: ScheduledState,
    onCommit?: OnCommit,
  ): Promise<void> {
    const ticket = await this.projection.beforeCommand(schedule.id);
    const next = await this.targets.next(subscription, state);
    const phases = phasesWithNext(schedule, subscription, next, this.plans.findPlan);
    const sets: Drawn['sets'] = [
      ...(state.quantity === null ? [] : ['quantity' as const]),
      ...(state.addOns === null ? [] : ['add_ons' as const]),
    ];
    const drawn = { basis: basisOf(subscription, this.plans.findPlan), next: lastItemsOf(phases), sets };
    const answer = await this.schedules.draw(schedule.id, phases, metadataOf(drawn));
    await this.projection.applyAnswer(ticket, answer, onCommit);
  }

  private find(stripeScheduleId: string): Promise<SubscriptionSchedule | null> {
    return this.transactions.withoutTransaction((manager) =>
      manager.findOneBy(SubscriptionSchedule, { stripeScheduleId }),
    );
  }

  private async scheduleOf(stripeSubscriptionId: string, scheduleId: string | null): Promise<StripeSchedule> {
    if (scheduleId !== null) {
      const { object } = await this.schedules.retrieve(scheduleId);
      if (object !== null && idOf(object.subscription) === stripeSubscriptionId) return object;
    }
    try {
      return (await this.schedules.createFrom(stripeSubscriptionId)).object;
    } catch (error) {
      return this.findUnknownSchedule(stripeSubscriptionId, error);
    }
  }

  /** The schedule that a subscription has at Stripe although none is known here: it refuses to have a second one. */
  private async findUnknownSchedule(stripeSubscriptionId: string, refusal: unknown): Promise<StripeSchedule> {
    const { object: subscription } = await this.gateway.retrieve(stripeSubscriptionId);
    const scheduleId = idOf(subscription?.schedule);
    const schedule = scheduleId === null ? null : (await this.schedules.retrieve(scheduleId)).object;
    if (schedule === null) throw refusal;
    return schedule;
  }
}

/** Nothing else is arranged for the subscription. */
function canBeScheduled(subscription: StripeSubscription): boolean {
  const { status, schedule, cancel_at: end, cancel_at_period_end: ends, pending_update: pending } = subscription;
  const isRunning = status === 'active' || status === 'trialing';
  return isRunning && schedule === null && end === null && !ends && pending === null;
}
