import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import type Stripe from 'stripe';
import { User } from '../auth/user.entity.js';
import { Clock } from '../common/clock.js';
import { Transactions } from '../database/transactions.js';
import { Unlinked } from '../mirror/comparison.js';
import {
  type Columns,
  Ignored,
  type Outcome,
  type PendingWrite,
  Projection,
  type Settle,
  type Snapshot,
} from '../mirror/projection.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { Customer } from './customer.entity.js';
import { CustomerGateway } from './customer.gateway.js';
import { toCustomerColumns, userIdOf } from './customer.mapper.js';

/** The one door from a Stripe customer to `customers`. A Stripe customer is ours by `metadata.user_id` alone, never by e-mail. */
@Injectable()
export class CustomerProjection extends Projection<Customer, Stripe.Customer, User> {
  protected readonly entity = Customer;
  protected readonly stripeIdProperty = 'stripeCustomerId';
  private readonly logger = new Logger(CustomerProjection.name);

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: CustomerGateway,
    private readonly clock: Clock,
  ) {
    super(transactions);
  }

  /**
   * The row of a Stripe customer, for the projections of what belongs to it. A customer without a row is read at Stripe
   * once, since its own event may come later.
   */
  async findOrRefresh(stripeCustomerId: string): Promise<Customer | Ignored> {
    const customers = this.dataSource.getRepository(Customer);
    const known = await customers.findOneBy({ stripeCustomerId });
    if (known !== null) return known;
    const outcome = await this.refresh(stripeCustomerId);
    if (outcome.state === 'ignored')
      return new Ignored(outcome.reason === 'gone' ? 'unlinked_customer' : outcome.reason, stripeCustomerId);
    return customers.findOneByOrFail({ stripeCustomerId });
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
    const customers = this.dataSource.getRepository(Customer);
    const owner = stripeCustomerId === null ? null : await customers.findOneBy({ stripeCustomerId });
    return owner?.id ?? (await findKnown())?.customerId ?? new Unlinked(stripeCustomerId);
  }

  /** A snapshot may be older than the deletion of its customer, so a customer without a row is read anew. */
  override async apply(snapshot: Snapshot<Stripe.Customer>, settle?: Settle): Promise<Outcome> {
    const known = await this.dataSource.getRepository(Customer).existsBy({ stripeCustomerId: snapshot.object.id });
    return known ? super.apply(snapshot, settle) : this.refresh(snapshot.object.id, settle);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.Customer | null>> {
    return this.gateway.retrieve(stripeId);
  }

  protected async link(source: Stripe.Customer): Promise<User | Ignored> {
    const user = await this.userOf(source);
    if (user === null) return new Ignored('unlinked_customer', source.id);
    const other = await this.dataSource
      .getRepository(Customer)
      .existsBy({ userId: user.id, stripeCustomerId: Not(source.id), deletedAt: IsNull() });
    if (!other) return user;
    this.logger.warn('A user has a second Stripe customer; it is ignored', {
      stripe_customer_id: source.id,
      user_id: user.id,
    });
    return new Ignored('foreign_customer', source.id);
  }

  /** By `metadata.user_id`, else by the row that the customer has already: an older snapshot may lack the metadata. */
  private async userOf(source: Stripe.Customer): Promise<User | null> {
    const users = this.dataSource.getRepository(User);
    const named = userIdOf(source);
    const user = named === null ? null : await users.findOneBy({ id: named });
    if (user !== null) return user;
    const row = await this.dataSource.getRepository(Customer).findOneBy({ stripeCustomerId: source.id });
    return row === null ? null : users.findOneBy({ id: row.userId });
  }

  protected toColumns(source: Stripe.Customer, user: User): Columns<Customer> {
    return toCustomerColumns(source, user);
  }

  protected isTerminal(content: Columns<Customer> | Customer): boolean {
    return content.deletedAt !== null && content.deletedAt !== undefined;
  }

  protected goneColumns(row: Customer): Columns<Customer> {
    return { deletedAt: row.deletedAt ?? this.clock.now(), defaultStripePaymentMethodId: null };
  }

  /** A customer whose row waits for it (no Stripe id yet, or a deleted one) is found by its user. */
  protected override async find(
    manager: EntityManager,
    stripeId: string,
    source: Stripe.Customer | null,
  ): Promise<Customer | null> {
    const known = await manager.findOneBy(Customer, { stripeCustomerId: stripeId });
    const userId = source === null ? null : userIdOf(source);
    if (known !== null || userId === null) return known;
    const own = await manager.findOneBy(Customer, { userId });
    return own !== null && (own.stripeCustomerId === null || own.deletedAt !== null) ? own : null;
  }

  protected override beforeWrite(
    manager: EntityManager,
    { row }: PendingWrite<Customer, Stripe.Customer>,
  ): Promise<Columns<Customer>> {
    return this.derivedColumns(manager, row);
  }

  /** A trial that Stripe has shown once is used. */
  protected override async derivedColumns(manager: EntityManager, row: Customer | null): Promise<Columns<Customer>> {
    if (row === null || row.trialUsedAt !== null) return {};
    const trial = await manager.findOne(Subscription, {
      where: { customerId: row.id, trialStart: Not(IsNull()) },
      order: { stripeCreated: 'ASC' },
    });
    return trial === null ? {} : { trialUsedAt: trial.trialStart };
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
