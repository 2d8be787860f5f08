import { Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { errorText } from '../common/error-text.js';
import { Transactions } from '../database/transactions.js';
import { AppConfig } from '../config/app-config.js';
import { type Outcome, type OnCommit, Unclear } from '../sync/projection.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { Announcements } from './announcements.js';
import { EventObjectGateway } from './event-object.gateway.js';
import { type Plan, planOf, planOfObject, type Step, type Work } from './event-plan.js';
import { filingOf } from './filing.js';
import { type ClaimedEvent, Inbox, LeaseLost } from './inbox.js';

/** Projections are looked up in the modules that export them. */
const ANYWHERE = { strict: false };

/** Brings the tables up to date for claimed events, each settled in the transaction that writes its effect. */
@Injectable()
export class EventHandler {
  private readonly logger = new Logger(EventHandler.name);

  constructor(
    private readonly modules: ModuleRef,
    private readonly inbox: Inbox,
    private readonly objects: EventObjectGateway,
    private readonly announcements: Announcements,
    private readonly transactions: Transactions,
    private readonly config: AppConfig,
  ) {}

  /**
   * Handles what was claimed together, the newest first, so that the older ones of a burst need nothing of their own.
   * One that fails does not hold up the others, unless it is Stripe that does not answer.
   * @param stopping true when the process is about to end: what is not begun goes back
   * @param onDeferred called for every event that was put back to wait for others of its object
   */
  async handle(group: readonly ClaimedEvent[], stopping: () => boolean, onDeferred: () => void): Promise<void> {
    let open = group;
    for (let event = open[0]; event !== undefined; event = open[0]) {
      if (stopping() || this.inbox.isOverdue(event)) {
        await this.inbox.release(open);
        return;
      }
      const handled = await this.handleOne(event, open, onDeferred);
      open = open.filter((other) => !handled.includes(other));
    }
  }

  /** Handles the first of the open events; returns those that need nothing more. */
  private async handleOne(
    event: ClaimedEvent,
    open: readonly ClaimedEvent[],
    onDeferred: () => void,
  ): Promise<readonly ClaimedEvent[]> {
    try {
      if (this.inbox.isExhausted(event)) {
        await this.inbox.abandon(event);
        return [event];
      }
      const plan = await this.planFor(event);
      if ('refused' in plan) {
        await this.inbox.refuse(event, plan.refused);
        return [event];
      }
      if ('ignored' in plan) {
        await this.inbox.ignore(event, plan.ignored);
        return [event];
      }
      if ('announced' in plan) return await this.announce(event);
      return await this.run(event, plan, open);
    } catch (error) {
      if (!(error instanceof Unclear)) return this.failed(event, open, error);
      await this.inbox.defer(event);
      onDeferred();
      return [event];
    }
  }

  /** A plan whose objects are known. What an operator replays may be as unfit as when it came in. */
  private async planFor(event: ClaimedEvent): Promise<Exclude<Plan, { fetch: string }> | { refused: string }> {
    const { content } = event;
    const filing = filingOf(content, this.config.livemode);
    if (content === null || filing.state === 'failed') return { refused: filing.reason ?? 'unparsable' };
    const plan = planOf(content);
    if (!('fetch' in plan)) return plan;
    try {
      const object = await this.objects.retrieve(plan.fetch);
      return object === null ? { ignored: 'gone' } : planOfObject(object, plan.route);
    } catch (error) {
      // Stripe has no call for some objects that thin events name, as the discount of a subscription.
      if (classifyStripeError(error)?.kind === 'refused') return { refused: 'unreadable_object' };
      throw error;
    }
  }

  /** Tells on what changes nothing here. */
  private async announce(event: ClaimedEvent): Promise<readonly ClaimedEvent[]> {
    const { content, stripeCustomerId } = event;
    await this.transactions.run(async (manager) => {
      const isOurs = content !== null && (await this.announcements.tell(manager, content));
      const reason = 'unlinked_customer';
      await this.inbox.settle(
        manager,
        [event],
        isOurs ? { state: 'applied' } : { state: 'ignored', reason, stripeCustomerId },
      );
    });
    return [event];
  }

  /** Takes the steps; the last one settles. */
  private async run(event: ClaimedEvent, plan: Work, open: readonly ClaimedEvent[]): Promise<readonly ClaimedEvent[]> {
    let settled: readonly ClaimedEvent[] = [event];
    const onCommit: OnCommit = async (manager, outcome) => {
      settled = outcome.read === true ? [event, ...this.coveredBy(plan, event, open)] : [event];
      await this.inbox.settle(manager, settled, outcome);
      for (const { content } of settled) if (content !== null) await this.announcements.tell(manager, content);
    };
    for (const step of plan.steps.slice(0, -1)) await this.take(step, event);
    const outcome = await this.take(plan.steps.at(-1), event, onCommit);
    for (const { eventId, type } of settled)
      this.logger.log({ event_id: eventId, type, ...factsOf(outcome) }, 'Webhook event handled');
    return settled;
  }

  /** The events that say of the same objects no more than what was read at Stripe after they had come in. */
  private coveredBy(plan: Work, event: ClaimedEvent, open: readonly ClaimedEvent[]): ClaimedEvent[] {
    return open.filter((other) => {
      if (other === event || this.inbox.isExhausted(other)) return false;
      const otherPlan = other.content === null ? null : planOf(other.content);
      return otherPlan !== null && 'key' in otherPlan && otherPlan.key === plan.key;
    });
  }

  private take(step: Step | undefined, { mayWait }: ClaimedEvent, onCommit?: OnCommit): Promise<Outcome> {
    switch (step?.by) {
      case 'snapshot':
        return this.modules.get(step.projection, ANYWHERE).apply({ ...step.snapshot, mayWait }, onCommit);
      case 'deletion':
        return this.modules.get(step.projection, ANYWHERE).applyDeletion(step.snapshot, onCommit);
      case 'refresh':
        return this.modules.get(step.projection, ANYWHERE).refresh(step.id, onCommit);
      case undefined:
        throw new Error('A plan has at least one step');
    }
  }

  private async failed(
    event: ClaimedEvent,
    open: readonly ClaimedEvent[],
    error: unknown,
  ): Promise<readonly ClaimedEvent[]> {
    const { eventId, type, attempts } = event;
    if (error instanceof LeaseLost) {
      this.logger.warn('Webhook event was taken over by another worker', { event_id: eventId, type });
      return open;
    }
    const concerned = isStripeAway(error) ? open : [event];
    await this.inbox.fail(concerned, error);
    this.logger.warn('Webhook event failed', { event_id: eventId, type, attempts, error: errorText(error) });
    return concerned;
  }
}

/** What a log may hold of an outcome: never the row. */
function factsOf(outcome: Outcome): { state: string; reason?: string } {
  return outcome.state === 'ignored' ? { state: outcome.state, reason: outcome.reason } : { state: outcome.state };
}

/** True when the same would happen to every other event now. */
function isStripeAway(error: unknown): boolean {
  const failure = classifyStripeError(error);
  return failure !== null && ['rate_limited', 'unavailable', 'failed', 'misconfigured'].includes(failure.kind);
}
