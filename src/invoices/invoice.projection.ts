import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, IsNull } from 'typeorm';
import type Stripe from 'stripe';
import { Clock } from '../common/clock.js';
import { lockCustomer, lockOwners, ownerOf } from '../customers/customer-lock.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Operations } from '../operations/operations.js';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { Unlinked } from '../sync/comparison.js';
import { Doors } from '../sync/doors.js';
import {
  type Columns,
  Ignored,
  type Outcome,
  type PendingWrite,
  type OnCommit,
  type Snapshot,
} from '../sync/projection.js';
import { BatchedProjection, type BatchedResult, type BatchedWrite } from '../sync/batched-projection.js';
import { type Told, WriteListeners } from '../sync/write-listeners.js';
import { Payment } from '../payments/payment.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { Invoice } from './invoice.entity.js';
import { InvoiceGateway } from './invoice.gateway.js';
import { subscriptionIdOf, toDeletedDraft, toInvoiceColumns, toInvoiceFacts } from './invoice.mapper.js';
import { REQUIRES_ACTION } from './invoice-rules.js';

/** Why an invoice was made, where its subscription has an event of its own about it. */
const ANNOUNCED = new Set(['subscription_create', 'subscription_cycle', 'subscription_update']);

/** A payment that was left to the customer to confirm. */
const CONFIRMED_BY_CUSTOMER = { kind: 'invoice.pay', state: 'done', reason: REQUIRES_ACTION } as const;

/** The one door from a Stripe invoice to `invoices`. The link is our id of the customer. */
@Injectable()
export class InvoiceProjection extends BatchedProjection<Invoice, Stripe.Invoice, number> {
  protected readonly entity = Invoice;
  protected readonly stripeIdProperty = 'stripeInvoiceId';

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: InvoiceGateway,
    private readonly customers: CustomerProjection,
    private readonly clock: Clock,
    private readonly operations: Operations,
    private readonly doors: Doors,
    listeners: WriteListeners,
  ) {
    super(transactions, listeners);
    doors.register('invoice', this);
  }

  /**
   * Takes in the event of a draft's deletion, whose snapshot shows the draft as it was. A draft that has no row yet gets
   * an empty one (version 0), so that the event of its creation, should it come later, finds the deletion.
   */
  async applyDeletion(snapshot: Snapshot<Stripe.Invoice>, onCommit?: OnCommit): Promise<Outcome> {
    const { object, created } = snapshot;
    const link = await this.link(object);
    if (!(link instanceof Ignored)) {
      const values = toDeletedDraft(object, link, created);
      await this.dataSource.createQueryBuilder().insert().into(Invoice).values(values).orIgnore().execute();
    }
    const bills = await this.findSubscription({ latestStripeInvoiceId: object.id });
    if (bills !== null) await this.doors.refresh('subscription', bills);
    return this.refresh(object.id, onCommit);
  }

  protected override told(row: Invoice): Told {
    const { id, stripeInvoiceId: stripeId, customerId } = row;
    return { kind: 'invoice', id, stripeId, customerId, facts: toInvoiceFacts(row) };
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.Invoice | null>> {
    return this.gateway.retrieve(stripeId);
  }

  protected async link(source: Stripe.Invoice): Promise<number | Ignored> {
    await this.refreshDependents(source);
    const owner = await this.peekLink(source);
    if (!(owner instanceof Unlinked)) return owner;
    const customer = await this.customers.findOrRefresh(owner.waitsFor);
    return customer instanceof Ignored ? customer : customer.id;
  }

  /**
   * What an invoice changes without an event of theirs: a credit note changes what its payment is about; one that is made by
   * hand, or after the end, is the latest of its subscription from then on.
   */
  private async refreshDependents(source: Stripe.Invoice): Promise<void> {
    const known = await this.dataSource.getRepository(Invoice).findOneBy({ stripeInvoiceId: source.id });
    if (known === null) return this.refreshBilled(source);
    const columns = this.columnsOf(source, known.customerId);
    if (columns.status !== 'open' || known.amountRemaining === columns.amountRemaining) return;
    const waiting = await this.dataSource
      .getRepository(Payment)
      .findBy({ stripeInvoiceId: source.id, status: In(['pending', 'failed']) });
    for (const { stripePaymentIntentId: id } of waiting) if (id !== null) await this.doors.refresh('payment', id);
  }

  /** The invoices of periods and of changes come with an event of the subscription: Stripe is asked for no other's. */
  private async refreshBilled(source: Stripe.Invoice): Promise<void> {
    const stripeSubscriptionId = subscriptionIdOf(source);
    if (stripeSubscriptionId === null) return;
    const row = await this.dataSource.getRepository(Subscription).findOneBy({ stripeSubscriptionId });
    if (row === null || row.latestStripeInvoiceId === source.id) return;
    if (row.endedAt === null && ANNOUNCED.has(String(source.billing_reason))) return;
    const latest = await this.dataSource
      .getRepository(Invoice)
      .findOneBy({ stripeInvoiceId: row.latestStripeInvoiceId ?? IsNull() });
    if (latest === null || latest.issuedAt.getTime() <= source.created * 1000)
      await this.doors.refresh('subscription', stripeSubscriptionId);
  }

  private async findSubscription(where: { latestStripeInvoiceId: string }): Promise<string | null> {
    const row = await this.dataSource.getRepository(Subscription).findOneBy(where);
    return row?.stripeSubscriptionId ?? null;
  }

  protected override peekLink(source: Stripe.Invoice): Promise<number | Unlinked> {
    const findKnown = () => this.dataSource.getRepository(Invoice).findOneBy({ stripeInvoiceId: source.id });
    return this.customers.peekOwner(idOf(source.customer), findKnown);
  }

  protected toColumns(source: Stripe.Invoice, customerId: number): Columns<Invoice> {
    return toInvoiceColumns(source, customerId);
  }

  protected isTerminal(content: Columns<Invoice> | Invoice): boolean {
    return content.status === 'void' || (content.deletedAt !== null && content.deletedAt !== undefined);
  }

  protected goneColumns(row: Invoice): Columns<Invoice> {
    return { deletedAt: row.deletedAt ?? this.clock.now() };
  }

  protected override async beforeWrite(
    manager: EntityManager,
    { row, columns }: PendingWrite<Invoice, Stripe.Invoice>,
  ): Promise<Columns<Invoice>> {
    await lockCustomer(manager, ownerOf(row, columns));
    if (row !== null && row.status !== 'paid' && columns.status === 'paid') await this.noteConfirmed(manager, row);
    return this.derivedColumns(manager, row, columns);
  }

  /** The subscription may have come first; if it comes later, its own projection sets the link. */
  protected override async derivedColumns(
    manager: EntityManager,
    row: Invoice | null,
    columns: Columns<Invoice>,
  ): Promise<Columns<Invoice>> {
    const { stripeSubscriptionId } = { ...row, ...columns } as Invoice;
    const subscription =
      stripeSubscriptionId === null ? null : await manager.findOneBy(Subscription, { stripeSubscriptionId });
    return { subscriptionId: subscription?.id ?? null };
  }

  /** The card of a payment that had to be confirmed (3-D Secure) pays from now on, too. */
  private async noteConfirmed(manager: EntityManager, { customerId, stripeInvoiceId }: Invoice): Promise<void> {
    if (stripeInvoiceId === null) return;
    const waited = await manager.findOne(StripeOperation, {
      where: { ...CONFIRMED_BY_CUSTOMER, subjectStripeId: stripeInvoiceId },
      order: { createdAt: 'DESC' },
    });
    const card = waited?.steps.pay?.payment_method;
    if (typeof card !== 'string') return;
    const request = { payment_method: card };
    const wanted = { customerId, kind: 'invoice.use_card' as const, subjectStripeId: stripeInvoiceId, request };
    await this.operations.enqueue(manager, wanted);
  }

  protected linkAll(manager: EntityManager, sources: readonly Stripe.Invoice[]): Promise<ReadonlyMap<string, number>> {
    return lockOwners(manager, sources);
  }

  /** A payment that had to be confirmed has its card pay from then on; what is left to pay changes what the payment is about. */
  protected async plainWrites(
    manager: EntityManager,
    writes: readonly BatchedWrite<Invoice, Stripe.Invoice>[],
  ): Promise<readonly BatchedWrite<Invoice, Stripe.Invoice>[]> {
    const plain = writes.filter(({ row, columns: { customerId, status, amountRemaining } }) => {
      const isSettled = status !== 'open' || row.amountRemaining === amountRemaining;
      return row.customerId === customerId && isSettled && row.deletedAt === null;
    });
    const paid = plain.filter(({ row, columns }) => row.status !== 'paid' && columns.status === 'paid');
    const waited = await this.findWaited(
      manager,
      paid.map(({ source }) => source.id),
    );
    const subscriptions = await this.findSubscriptions(
      manager,
      plain.map(({ columns }) => columns.stripeSubscriptionId),
    );
    return plain
      .filter(({ source }) => !waited.has(source.id))
      .map((write) => {
        const subscriptionId = subscriptions.get(String(write.columns.stripeSubscriptionId)) ?? null;
        return { ...write, columns: { ...write.columns, subscriptionId } };
      });
  }

  protected async afterAll(
    manager: EntityManager,
    results: readonly BatchedResult<Invoice, Stripe.Invoice>[],
  ): Promise<void> {
    await manager.query(
      `UPDATE payments SET invoice_id = known.id, updated_at = now()
       FROM unnest($1::integer[], $2::text[]) AS known (id, stripe_id)
       WHERE stripe_invoice_id = known.stripe_id AND invoice_id IS NULL`,
      [results.map(({ written }) => written.id), results.map(({ source }) => source.id)],
    );
  }

  private async findWaited(manager: EntityManager, invoiceIds: readonly string[]): Promise<ReadonlySet<string | null>> {
    if (invoiceIds.length === 0) return new Set();
    const where = { ...CONFIRMED_BY_CUSTOMER, subjectStripeId: In(invoiceIds) };
    const found = await manager.find(StripeOperation, { where });
    return new Set(found.map(({ subjectStripeId }) => subjectStripeId));
  }

  private async findSubscriptions(
    manager: EntityManager,
    stripeIds: readonly unknown[],
  ): Promise<ReadonlyMap<string, number>> {
    const rows = await manager.query<{ id: number; stripe_subscription_id: string }[]>(
      'SELECT id, stripe_subscription_id FROM subscriptions WHERE stripe_subscription_id = ANY($1)',
      [stripeIds.filter((id) => typeof id === 'string')],
    );
    return new Map(rows.map((row) => [row.stripe_subscription_id, row.id]));
  }

  /** Payments that came before their invoice. */
  protected override async afterWrite(manager: EntityManager, row: Invoice): Promise<void> {
    if (row.stripeInvoiceId === null) return;
    const waiting = { stripeInvoiceId: row.stripeInvoiceId, invoiceId: IsNull() };
    await manager.update(Payment, waiting, { invoiceId: row.id });
  }
}
