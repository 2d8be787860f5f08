import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { type Operations } from '../../operations/operations.js';
import { Subscription } from '../subscription.entity.js';
import { IN_A_GROUP, isInGroup } from '../plan-group.js';
import { byPrecedence } from '../subscription-rules.js';
import { LIVE_STATUSES } from '../subscription-status.js';

const LIVE_IN_GROUP = { status: In([...LIVE_STATUSES]), ...IN_A_GROUP };

/**
 * Which of several live subscriptions of plans of a customer counts: one that is more than a first payment left undone, and of
 * those the oldest. The caller holds the lock on the customer's row.
 */
export class Duplicates {
  constructor(private readonly operations: Operations) {}

  /** The live subscription that counts now, other than the given one. */
  findCurrent(manager: EntityManager, customerId: number, exceptId: number | undefined): Promise<Subscription | null> {
    return manager.findOneBy(Subscription, {
      customerId,
      ...LIVE_IN_GROUP,
      duplicateOfId: IsNull(),
      ...(exceptId === undefined ? {} : { id: Not(exceptId) }),
    });
  }

  /** The live subscription that should count; null when none lives. */
  async findElected(manager: EntityManager, customerId: number): Promise<Subscription | null> {
    const live = await manager.findBy(Subscription, { customerId, ...LIVE_IN_GROUP });
    return live.sort(byPrecedence)[0] ?? null;
  }

  /**
   * Flags every live subscription but the one that counts, and writes down what is to be done about a newly flagged one.
   * @returns `duplicateOfId` of the row from now on
   */
  async elect(manager: EntityManager, row: Subscription): Promise<number | null> {
    const { id, customerId } = row;
    const duplicateOfId = isInGroup(row) ? row.duplicateOfId : null;
    const live = await manager.findBy(Subscription, { customerId, ...LIVE_IN_GROUP });
    const [elected, ...others] = live.sort(byPrecedence);
    if (elected === undefined) return duplicateOfId;
    for (const other of others) {
      if (other.duplicateOfId === elected.id) continue;
      await manager.update(Subscription, { id: other.id }, { duplicateOfId: elected.id });
    }
    if (elected.duplicateOfId !== null) await manager.update(Subscription, { id: elected.id }, { duplicateOfId: null });
    for (const other of others) await this.report(manager, other);
    if (elected.id === id) return null;
    return others.some((other) => other.id === id) ? elected.id : duplicateOfId;
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
