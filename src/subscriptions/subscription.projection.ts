import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import type Stripe from 'stripe';
import { AppConfig } from '../config/app-config.js';
import { lockCustomer, lockOwners, ownerOf } from '../customers/customer-lock.js';
import { Customer } from '../customers/customer.entity.js';
import { beganWithTrial, isImported } from '../customers/trial-rules.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { Unlinked } from '../sync/comparison.js';
import { Doors } from '../sync/doors.js';
import { BatchedProjection, type BatchedResult, type BatchedWrite } from '../sync/batched-projection.js';
import { type Columns, Ignored, type PendingWrite, RefreshFirst } from '../sync/projection.js';
import { type Told, WriteListeners } from '../sync/write-listeners.js';
import { PlansService } from '../catalogue/plans.service.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { clearOwnCard, makeDefault } from '../operations/card-operation.js';
import { Duplicates } from './lifecycle/duplicates.js';
import { toItemColumns } from './subscription-item.mapper.js';
import { type ItemsOfSubscription, writeItems } from './subscription-items.writer.js';
import { needsCurrencyOptions } from './item-amount.mapper.js';
import { isInGroup } from './plan-group.js';
import { referenceTo } from './plan-item.mapper.js';
import { SubscriptionSchedule } from './schedules/subscription-schedule.entity.js';
import { basisOf, type HeldUpState } from './schedules/subscription-schedule.mapper.js';
import { Subscription } from './subscription.entity.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { toSubscriptionColumns, toSubscriptionFacts } from './subscription.mapper.js';
import { findWithOthers, isPlainWrite } from './plain-writes.js';
import { changeOfWaiting } from './subscription-rules.js';
import { isLive, isUnknownStatus, type SubscriptionStatus } from './subscription-status.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** The one door from a Stripe subscription to `subscriptions`. */
@Injectable()
export class SubscriptionProjection extends BatchedProjection<Subscription, Stripe.Subscription, number> {
  protected readonly entity = Subscription;
  protected readonly stripeIdProperty = 'stripeSubscriptionId';
  private readonly logger = new Logger(SubscriptionProjection.name);
  private readonly duplicates: Duplicates;

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: SubscriptionGateway,
    private readonly customers: CustomerProjection,
    private readonly plans: PlansService,
    private readonly operations: Operations,
    private readonly config: AppConfig,
    doors: Doors,
    listeners: WriteListeners,
  ) {
    super(transactions, listeners);
    doors.register('subscription', this);
    this.duplicates = new Duplicates(operations);
  }

  protected override told(row: Subscription): Told {
    const { id, stripeSubscriptionId: stripeId, customerId } = row;
    return { kind: 'subscription', id, stripeId, customerId, facts: toSubscriptionFacts(row) };
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.Subscription | null>> {
    return this.gateway.retrieve(stripeId);
  }

  protected async link(source: Stripe.Subscription): Promise<number | Ignored> {
    const owner = await this.peekLink(source);
    if (!(owner instanceof Unlinked)) return owner;
    const customer = await this.customers.findOrRefresh(idOf(source.customer));
    return customer instanceof Ignored ? customer : customer.id;
  }

  protected override async peekLink(source: Stripe.Subscription): Promise<number | Unlinked> {
    await this.plans.know(source.items.data.map(({ price }) => referenceTo(price)));
    const findKnown = () => this.dataSource.getRepository(Subscription).findOneBy({ stripeSubscriptionId: source.id });
    return this.customers.peekOwner(idOf(source.customer), findKnown);
  }

  protected toColumns(source: Stripe.Subscription, customerId: number): Columns<Subscription> {
    return toSubscriptionColumns(source, customerId, this.plans);
  }

  protected isTerminal(content: Columns<Subscription> | Subscription): boolean {
    return !isLive(content.status as SubscriptionStatus);
  }

  /** Stripe keeps ended subscriptions; one that it does not know any more has ended. */
  protected goneColumns(row: Subscription): Columns<Subscription> {
    return isLive(row.status) ? { status: 'canceled', stripeStatus: 'canceled' } : {};
  }

  /** A snapshot names discounts by id only, and no price in another currency; the row wants coupon and amount. */
  protected override needsRefresh(source: Stripe.Subscription): boolean {
    return (
      super.needsRefresh(source) ||
      source.discounts.some((discount) => typeof discount === 'string') ||
      source.items.data.some((item) => needsCurrencyOptions(item, source.currency))
    );
  }

  /**
   * At most one live subscription of a customer and group is no duplicate. Another one that seems live is read anew first,
   * since it may have ended; if both live, the write goes in as a duplicate and `afterWrite` elects the one that counts.
   */
  protected override async beforeWrite(
    manager: EntityManager,
    { row, source, columns, refreshed }: PendingWrite<Subscription, Stripe.Subscription>,
  ): Promise<Columns<Subscription>> {
    const customerId = ownerOf(row, columns);
    await lockCustomer(manager, customerId);
    if (row !== null && typeof columns.stripeDefaultPaymentMethodId === 'string')
      await this.noteOwnCard(manager, row, columns);
    if (row !== null && row.hasPendingUpdate) await this.noteHeldUpSchedule(manager, row, columns);
    if (row !== null && source !== null) await this.noteChangeUnderSchedule(manager, row, source);
    const { status, planGroup } = { ...row, ...columns } as Subscription;
    if (planGroup === null) return { duplicateOfId: null };
    if (!isLive(status)) return {};
    const other = await this.duplicates.findCurrent(manager, { customerId, planGroup }, row?.id);
    if (other === null) return { duplicateOfId: null };
    if (other.stripeSubscriptionId !== null && !refreshed.has(other.stripeSubscriptionId)) {
      throw new RefreshFirst(other.stripeSubscriptionId);
    }
    return { duplicateOfId: other.id };
  }

  protected override async derivedColumns(
    manager: EntityManager,
    row: Subscription | null,
  ): Promise<Columns<Subscription>> {
    if (row === null || !isLive(row.status)) return {};
    if (!isInGroup(row)) return { duplicateOfId: null };
    const elected = await this.duplicates.findElected(manager, row);
    return { duplicateOfId: elected === null || elected.id === row.id ? null : elected.id };
  }

  protected override async afterWrite(
    manager: EntityManager,
    row: Subscription,
    source: Stripe.Subscription | null,
  ): Promise<void> {
    if (source !== null) await writeItems(manager, this.itemsOf(row, source));
    if (isUnknownStatus(row.stripeStatus)) {
      this.logger.error(
        { stripe_subscription_id: row.stripeSubscriptionId },
        `Unknown subscription status ${row.stripeStatus}`,
      );
    }
    row.duplicateOfId = await this.duplicates.elect(manager, row);
    await this.noteTrial(manager, row);
    await this.noteOrphan(manager, row);
  }

  protected linkAll(
    manager: EntityManager,
    sources: readonly Stripe.Subscription[],
  ): Promise<ReadonlyMap<string, number>> {
    const known = sources.filter(({ items }) => this.plans.knows(items.data.map(({ price }) => referenceTo(price))));
    return lockOwners(manager, known);
  }

  protected async plainWrites(
    manager: EntityManager,
    writes: readonly BatchedWrite<Subscription, Stripe.Subscription>[],
  ): Promise<readonly BatchedWrite<Subscription, Stripe.Subscription>[]> {
    const plain = writes.filter(({ row, columns }) => isPlainWrite(row, columns));
    if (plain.length === 0) return [];
    const keyOf = ({ source }: { source: Stripe.Subscription }) => operationKeyOf(source.metadata) ?? '';
    const expired = await this.operations.expiredAmong(manager, plain.map(keyOf));
    const others = await findWithOthers(
      manager,
      plain.map(({ row }) => row.customerId),
    );
    return plain.filter((write) => !expired.has(keyOf(write)) && !others.has(write.row.customerId));
  }

  protected afterAll(
    manager: EntityManager,
    results: readonly BatchedResult<Subscription, Stripe.Subscription>[],
  ): Promise<void> {
    return writeItems(manager, ...results.map(({ written, source }) => this.itemsOf(written, source)));
  }

  private itemsOf(subscription: Subscription, source: Stripe.Subscription): ItemsOfSubscription {
    return { subscription, items: toItemColumns(source, this.plans.findSold) };
  }

  /**
   * The card of a payment that waited for its customer becomes the default; one whose upgrade came to nothing pays no
   * more. Running requests see to that themselves.
   */
  private async noteOwnCard(manager: EntityManager, row: Subscription, columns: Columns<Subscription>): Promise<void> {
    const { customerId, stripeSubscriptionId } = row;
    const change = changeOfWaiting(row, columns);
    if (change === null || stripeSubscriptionId === null || !isInGroup(row)) return;
    if (await this.operations.isChanging(manager, customerId)) return;
    const wanted =
      change === 'paid'
        ? makeDefault(customerId, stripeSubscriptionId)
        : clearOwnCard(customerId, stripeSubscriptionId, columns.stripeDefaultPaymentMethodId as string);
    await this.operations.enqueue(manager, wanted, 'again');
  }

  /**
   * A change of seats or add-ons whose payment waited held up what is to follow at the end of the period: Stripe has no schedule
   * beside it. It waits again now, on the new seats or on the old ones. Running requests see to that themselves.
   */
  private async noteHeldUpSchedule(
    manager: EntityManager,
    row: Subscription,
    columns: Columns<Subscription>,
  ): Promise<void> {
    const { customerId, stripeSubscriptionId } = row;
    const change = changeOfWaiting(row, columns);
    if (change === null || stripeSubscriptionId === null) return;
    if (await this.operations.isChanging(manager, customerId)) return;
    const made = await this.operations.findNewest(manager, 'subscription.change_plan', stripeSubscriptionId);
    const held = made?.steps.later as unknown as HeldUpState | undefined;
    const state = (change === 'paid' ? held?.state : held?.before) ?? null;
    if (held === undefined || state === null) return;
    const request = { state, phases: held.phases };
    const wanted = { customerId, kind: 'schedule.draw' as const, subjectStripeId: stripeSubscriptionId, request };
    await this.operations.enqueue(manager, wanted, 'again');
  }

  /** A change of plan that waits repeats what the subscription was when it was drawn. */
  private async noteChangeUnderSchedule(
    manager: EntityManager,
    { customerId, stripeScheduleId }: Subscription,
    source: Stripe.Subscription,
  ): Promise<void> {
    // A schedule that the row does not know yet is being drawn.
    if (stripeScheduleId === null || stripeScheduleId !== idOf(source.schedule)) return;
    const schedule = await manager.findOneBy(SubscriptionSchedule, { stripeScheduleId });
    if (schedule === null || schedule.drawn === null || schedule.nextStripePriceId === null) return;
    if (schedule.drawn.basis === basisOf(source, this.plans.findPlan)) return;
    const wanted = { customerId, kind: 'schedule.redraw' as const, subjectStripeId: source.id, request: {} };
    await this.operations.enqueue(manager, wanted, 'again');
  }

  /**
   * A trial counts once Stripe shows it, if the subscription began with it. A second one, got past the rules (in Checkout,
   * say), is to end at once, also when the first one came in after it; and so is one with a card that had a trial. What was
   * imported stays as it is.
   */
  private async noteTrial(manager: EntityManager, row: Subscription): Promise<void> {
    const { customerId, trialStart } = row;
    if (trialStart === null || !beganWithTrial(row)) return;
    const unused = { id: customerId, trialUsedAt: IsNull() };
    const { affected } = await manager.update(Customer, unused, { trialUsedAt: trialStart });
    // Each trial that is known here has marked the customer.
    const [, ...repeated] = affected === 1 ? [] : await this.listTrials(manager, customerId);
    for (const { status, stripeSubscriptionId: subjectStripeId, stripeCreated, customer } of repeated)
      if (status === 'trialing' && subjectStripeId !== null && !isImported(stripeCreated, customer))
        await this.operations.enqueue(manager, { customerId, kind: 'trial.end', subjectStripeId, request: {} });
    if (row.status !== 'trialing' || row.stripeSubscriptionId === null || !this.config.trialOncePer.has('card')) return;
    const check = { kind: 'trial.check_cards' as const, subjectStripeId: row.stripeSubscriptionId, request: {} };
    await this.operations.enqueue(manager, { customerId, ...check }, 'again');
  }

  /** The subscriptions of a customer that began with a trial, the first one first. */
  private async listTrials(manager: EntityManager, customerId: number): Promise<Subscription[]> {
    const order = { stripeCreated: 'ASC', id: 'ASC' } as const;
    const where = { customerId, trialStart: Not(IsNull()) };
    const found = await manager.find(Subscription, { where, order, relations: { customer: true } });
    return found.filter(beganWithTrial);
  }

  /** What an expired operation made after all must go. */
  private async noteOrphan(manager: EntityManager, row: Subscription): Promise<void> {
    const key = operationKeyOf(row.metadata);
    if (key === undefined || row.stripeSubscriptionId === null || !isLive(row.status)) return;
    if (!(await this.operations.isExpired(manager, key))) return;
    await this.operations.enqueue(manager, {
      customerId: row.customerId,
      kind: 'orphan.cancel',
      subjectStripeId: row.stripeSubscriptionId,
      request: {},
    });
  }
}
