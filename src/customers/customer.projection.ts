import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import type Stripe from 'stripe';
import { loggedPayer, ownedBy, type PayerKey } from '../auth/payer.js';
import { Clock } from '../common/clock.js';
import { Transactions } from '../database/transactions.js';
import { Unlinked } from '../sync/comparison.js';
import {
  type Columns,
  Ignored,
  NOTHING_ON_COMMIT,
  type Taken,
  type PendingWrite,
  Projection,
  type OnCommit,
  type Snapshot,
} from '../sync/projection.js';
import { type Told, WriteListeners } from '../sync/write-listeners.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { Customer } from './customer.entity.js';
import { CustomerGateway } from './customer.gateway.js';
import { toCustomerColumns, toCustomerFacts } from './customer.mapper.js';
import { findOwner, noteDeleted, noteFormer } from './former-stripe-customers.js';
import { payerOf } from './payer-of-customer.js';
import { Payers } from './payers.js';
import { beganWithTrial } from './trial-rules.js';

/**
 * The one door from a Stripe customer to `customers`. A Stripe customer is ours by what this installation wrote into its
 * metadata (see Payers) or by its id that we stored; never by an e-mail or a number.
 */
@Injectable()
export class CustomerProjection extends Projection<Customer, Stripe.Customer, PayerKey> {
  protected readonly entity = Customer;
  protected readonly stripeIdProperty = 'stripeCustomerId';
  private readonly logger = new Logger(CustomerProjection.name);

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: CustomerGateway,
    private readonly clock: Clock,
    private readonly payers: Payers,
    listeners: WriteListeners,
  ) {
    super(transactions, listeners);
  }

  /**
   * The row of a Stripe customer, for the projections of what belongs to it. A customer without a row is read at Stripe
   * once, since its own event may come later.
   * @param stripeCustomerId null: the object names none, as a guest's Checkout session
   */
  async findOrRefresh(stripeCustomerId: string | null): Promise<Customer | Ignored> {
    if (stripeCustomerId === null) return new Ignored('unlinked_customer');
    const known = await findOwner(this.dataSource.manager, stripeCustomerId);
    if (known !== null) return known;
    const outcome = await this.refresh(stripeCustomerId);
    if (outcome.state === 'ignored')
      return new Ignored(outcome.reason === 'gone' ? 'unlinked_customer' : outcome.reason, stripeCustomerId);
    return (
      (await findOwner(this.dataSource.manager, stripeCustomerId)) ?? new Ignored('unlinked_customer', stripeCustomerId)
    );
  }

  /**
   * Our id of the customer that owns an object, from the tables alone: by the Stripe customer that it names, else by the
   * row that the object has already, since that customer may be forgotten here by now.
   * @param findKnown finds that row
   */
  async peekOwner(
    stripeCustomerId: string | null,
    findKnown: () => { customerId: number } | null | Promise<{ customerId: number } | null>,
  ): Promise<number | Unlinked> {
    const owner = stripeCustomerId === null ? null : await findOwner(this.dataSource.manager, stripeCustomerId);
    return owner?.id ?? (await findKnown())?.customerId ?? new Unlinked(stripeCustomerId);
  }

  /** A snapshot may be older than the deletion of its customer, so a customer without a row is read anew. */
  override async apply(snapshot: Snapshot<Stripe.Customer>, onCommit?: OnCommit): Promise<Taken<Customer>> {
    const known = await this.dataSource.getRepository(Customer).existsBy({ stripeCustomerId: snapshot.object.id });
    return known ? super.apply(snapshot, onCommit) : this.applyDeletion(snapshot, onCommit);
  }

  /** Reads a customer anew that may be deleted; only the snapshots of a deleted customer name its payer. */
  applyDeletion(
    { object }: Snapshot<Stripe.Customer>,
    onCommit: OnCommit = NOTHING_ON_COMMIT,
  ): Promise<Taken<Customer>> {
    return this.refresh(object.id, async (manager, outcome) => {
      if (outcome.state === 'ignored' && outcome.reason === 'gone') {
        const payer = await this.payers.find(object.metadata, manager);
        if (payer !== null && payer !== 'other_instance') await noteDeleted(manager, object, payer);
      }
      await onCommit(manager, outcome);
    });
  }

  protected override told(row: Customer): Told {
    const { id, stripeCustomerId: stripeId } = row;
    return { kind: 'customer', id, stripeId, customerId: id, facts: toCustomerFacts(row) };
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.Customer | null>> {
    return this.gateway.retrieve(stripeId);
  }

  /** Another customer of the payer may be deleted without our knowing yet. */
  protected async link(source: Stripe.Customer): Promise<PayerKey | Ignored> {
    const link = await this.payerOrOther(source, (metadata) => this.payers.findOrAdd(metadata));
    if (!(link instanceof Customer)) return link;
    if (link.stripeCustomerId !== null) await this.refresh(link.stripeCustomerId);
    const again = await this.payerOrOther(source, (metadata) => this.payers.find(metadata));
    if (!(again instanceof Customer)) return again;
    this.logger.warn(
      { stripe_customer_id: source.id, ...loggedPayer(payerOf(link)) },
      'A payer has a second Stripe customer; it is ignored',
    );
    return new Ignored('foreign_customer', source.id);
  }

  protected override async peekLink(source: Stripe.Customer): Promise<PayerKey | Unlinked> {
    const link = await this.payerOrOther(source, (metadata) => this.payers.find(metadata));
    return link instanceof Customer || link instanceof Ignored ? new Unlinked(null) : link;
  }

  /** The payer of a customer, by its metadata or else by its id; or another customer that this payer has. */
  private async payerOrOther(
    source: Stripe.Customer,
    findNamed: (metadata: Stripe.Metadata) => ReturnType<Payers['find']>,
  ): Promise<PayerKey | Customer | Ignored> {
    const named = await findNamed(source.metadata);
    const known = named === 'other_instance' ? null : named;
    const row =
      known === null
        ? await findOwner(this.dataSource.manager, source.id)
        : await this.dataSource.getRepository(Customer).findOneBy(ownedBy(known));
    const payer = known ?? (row === null ? null : payerOf(row));
    if (payer === null) return new Ignored(named === 'other_instance' ? named : 'unlinked_customer', source.id);
    const isAnother = row !== null && row.stripeCustomerId !== null && row.deletedAt === null;
    return isAnother && row.stripeCustomerId !== source.id ? row : payer;
  }

  protected toColumns(source: Stripe.Customer, payer: PayerKey): Columns<Customer> {
    return toCustomerColumns(source, payer);
  }

  protected isTerminal(content: Columns<Customer> | Customer): boolean {
    return content.deletedAt !== null && content.deletedAt !== undefined;
  }

  protected goneColumns(row: Customer): Columns<Customer> {
    return { deletedAt: row.deletedAt ?? this.clock.now(), defaultStripePaymentMethodId: null };
  }

  /** A customer whose row waits for it (no Stripe id yet, or a deleted one) is found by its payer. */
  protected override async find(
    manager: EntityManager,
    stripeId: string,
    link: PayerKey | null,
  ): Promise<Customer | null> {
    const known = await manager.findOneBy(Customer, { stripeCustomerId: stripeId });
    if (known !== null || link === null) return known;
    const own = await manager.findOneBy(Customer, ownedBy(link));
    return own !== null && (own.stripeCustomerId === null || own.deletedAt !== null) ? own : null;
  }

  /** A deleted Stripe customer that gives way to a new one is remembered. */
  protected override async beforeWrite(
    manager: EntityManager,
    { row, source }: PendingWrite<Customer, Stripe.Customer>,
  ): Promise<Columns<Customer>> {
    const former = row?.stripeCustomerId ?? null;
    if (row !== null && former !== null && source !== null && former !== source.id)
      await noteFormer(manager, former, row.id);
    return this.derivedColumns(manager, row);
  }

  /** A trial that Stripe has shown once is used. */
  protected override async derivedColumns(manager: EntityManager, row: Customer | null): Promise<Columns<Customer>> {
    if (row === null || row.trialUsedAt !== null) return {};
    const found = await manager.find(Subscription, {
      where: { customerId: row.id, trialStart: Not(IsNull()) },
      order: { stripeCreated: 'ASC' },
    });
    const trial = found.find(beganWithTrial);
    return trial === undefined ? {} : { trialUsedAt: trial.trialStart };
  }

  /**
   * `is_default` of the payment methods follows the customer's default; first none, since there may be only one. What was
   * attached to a deleted customer is detached.
   */
  protected override async afterWrite(manager: EntityManager, row: Customer): Promise<void> {
    const own = { customerId: row.id };
    const { deletedAt } = row;
    if (deletedAt !== null)
      await manager.update(PaymentMethod, { ...own, detachedAt: IsNull() }, { detachedAt: deletedAt });
    const id = row.defaultStripePaymentMethodId;
    await manager.update(
      PaymentMethod,
      { ...own, isDefault: true, ...(id === null ? {} : { stripePaymentMethodId: Not(id) }) },
      { isDefault: false },
    );
    if (id === null) return;
    await manager.update(
      PaymentMethod,
      { ...own, stripePaymentMethodId: id, isDefault: false, detachedAt: IsNull() },
      { isDefault: true },
    );
  }
}
