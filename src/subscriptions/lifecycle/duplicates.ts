import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { type Operations } from '../../operations/operations.js';
import { Subscription } from '../subscription.entity.js';
import { IN_A_GROUP, isInGroup } from '../plan-group.js';
import { byPrecedence } from '../subscription-rules.js';
import { LIVE_STATUSES } from '../subscription-status.js';

const LIVE_IN_GROUP = { status: In([...LIVE_STATUSES]), ...IN_A_GROUP };

/**
 * Which of several live subscriptions of a customer and group counts: one that is more than a first payment left undone,
 * and of those the oldest. The caller holds the lock on the customer's row.
 */
export class Duplicates {
  constructor(private readonly operations: Operations) {}

  /** The live subscription of a group that counts now, other than the given one. */
  findCurrent(
    manager: EntityManager,
    { customerId, planGroup }: Pick<Subscription, 'customerId' | 'planGroup'>,
    exceptId: number | undefined,
  ): Promise<Subscription | null> {
    if (planGroup === null) return Promise.resolve(null);
    return manager.findOneBy(Subscription, {
      customerId,
      ...LIVE_IN_GROUP,
      planGroup,
      duplicateOfId: IsNull(),
      ...(exceptId === undefined ? {} : { id: Not(exceptId) }),
    });
  }

  /** The live subscription of a group that should count; null when none lives. */
  async findElected(
    manager: EntityManager,
    { customerId, planGroup }: Pick<Subscription, 'customerId' | 'planGroup'>,
  ): Promise<Subscription | null> {
    if (planGroup === null) return null;
    const live = await manager.findBy(Subscription, { customerId, ...LIVE_IN_GROUP, planGroup });
    return live.sort(byPrecedence)[0] ?? null;
  }

  /**
   * In every group, since a subscription may have left one: flags all live subscriptions but the one that counts, and
   * writes down what is to be done about a newly flagged one.
   * @returns `duplicateOfId` of the row from now on
   */
  async elect(manager: EntityManager, row: Subscription): Promise<number | null> {
    const live = await manager.findBy(Subscription, { customerId: row.customerId, ...LIVE_IN_GROUP });
    let duplicateOfId = isInGroup(row) ? row.duplicateOfId : null;
    for (const group of new Set(live.map(({ planGroup }) => planGroup))) {
      const [elected, ...others] = live.filter(({ planGroup }) => planGroup === group).sort(byPrecedence);
      if (elected === undefined) continue;
      await this.flag(manager, elected, others);
      if (elected.id === row.id) duplicateOfId = null;
      else if (others.some(({ id }) => id === row.id)) duplicateOfId = elected.id;
    }
    return duplicateOfId;
  }

  private async flag(manager: EntityManager, elected: Subscription, others: readonly Subscription[]): Promise<void> {
    for (const other of others) {
      if (other.duplicateOfId === elected.id) continue;
      await manager.update(Subscription, { id: other.id }, { duplicateOfId: elected.id });
    }
    if (elected.duplicateOfId !== null) await manager.update(Subscription, { id: elected.id }, { duplicateOfId: null });
    for (const other of others) await this.report(manager, other);
  }

  private async report(manager: EntityManager, { customerId, stripeSubscriptionId }: Subscription): Promise<void> {
    if (stripeSubscriptionId === null) return;
    await this.operations.enqueue(manager, {
      customerId,
      kind: 'duplicate.resolve',
      subjectStripeId: stripeSubscriptionId,
      request: {},
    });
  }
}
