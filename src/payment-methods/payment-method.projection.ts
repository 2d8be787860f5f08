import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import type Stripe from 'stripe';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';
import { lockCustomer, ownerOf } from '../customers/customer-lock.js';
import { Customer } from '../customers/customer.entity.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Unlinked } from '../sync/comparison.js';
import {
  type Columns,
  Ignored,
  type Taken,
  type PendingWrite,
  Projection,
  type OnCommit,
  type Snapshot,
} from '../sync/projection.js';
import { Operations } from '../operations/operations.js';
import { Payment } from '../payments/payment.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import { PaymentMethod } from './payment-method.entity.js';
import { PaymentMethodGateway } from './payment-method.gateway.js';
import { toPaymentMethodColumns } from './payment-method.mapper.js';

/** Whose payment method it is, and since when it is known to be detached. */
interface Link {
  customerId: number;
  detachedAt: Date | null;
}

/** The one door from a Stripe payment method to `customer_payment_methods`. */
@Injectable()
export class PaymentMethodProjection extends Projection<PaymentMethod, Stripe.PaymentMethod, Link> {
  protected readonly entity = PaymentMethod;
  protected readonly stripeIdProperty = 'stripePaymentMethodId';

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: PaymentMethodGateway,
    private readonly customers: CustomerProjection,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly operations: Operations,
  ) {
    super(transactions);
  }

  /**
   * A detached payment method does not name its customer. If its detachment came first it left no trace, so the first
   * snapshot that names a customer makes only an empty row (version 0), which then takes in what Stripe says now.
   */
  override async apply(snapshot: Snapshot<Stripe.PaymentMethod>, onCommit?: OnCommit): Promise<Taken<PaymentMethod>> {
    const { object } = snapshot;
    const methods = this.dataSource.getRepository(PaymentMethod);
    const known = await methods.findOneBy({ stripePaymentMethodId: object.id });
    if (known !== null && known.version > 0) return super.apply(snapshot, onCommit);
    const link = await this.link(object);
    if (known === null && !(link instanceof Ignored)) {
      const values = toPaymentMethodColumns(object, link.customerId, null);
      // Under the lock ids are given in the order of the commits, on which the limit of payment methods relies.
      await this.transactions.run(async (manager) => {
        await lockCustomer(manager, link.customerId);
        await manager.createQueryBuilder().insert().into(PaymentMethod).values(values).orIgnore().execute();
      });
    }
    return this.refresh(object.id, onCommit);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.PaymentMethod | null>> {
    return this.gateway.retrieve(stripeId);
  }

  protected async link(source: Stripe.PaymentMethod): Promise<Link | Ignored> {
    const link = await this.peekLink(source);
    if (!(link instanceof Unlinked)) return link;
    const customer = await this.customers.findOrRefresh(link.waitsFor);
    return customer instanceof Ignored ? customer : { customerId: customer.id, detachedAt: null };
  }

  protected override async peekLink(source: Stripe.PaymentMethod): Promise<Link | Unlinked> {
    const stripeCustomerId = idOf(source.customer);
    const row = await this.dataSource.getRepository(PaymentMethod).findOneBy({ stripePaymentMethodId: source.id });
    const owner = await this.customers.peekOwner(stripeCustomerId, () => row);
    if (owner instanceof Unlinked) return owner;
    return { customerId: owner, detachedAt: stripeCustomerId === null ? (row?.detachedAt ?? this.clock.now()) : null };
  }

  protected toColumns(source: Stripe.PaymentMethod, link: Link): Columns<PaymentMethod> {
    return toPaymentMethodColumns(source, link.customerId, link.detachedAt);
  }

  protected isTerminal(content: Columns<PaymentMethod> | PaymentMethod): boolean {
    return content.detachedAt !== null && content.detachedAt !== undefined;
  }

  protected goneColumns(row: PaymentMethod): Columns<PaymentMethod> {
    return { detachedAt: row.detachedAt ?? this.clock.now(), isDefault: false };
  }

  protected override async beforeWrite(
    manager: EntityManager,
    { row, columns }: PendingWrite<PaymentMethod, Stripe.PaymentMethod>,
  ): Promise<Columns<PaymentMethod>> {
    await lockCustomer(manager, ownerOf(row, columns));
    return {};
  }

  /** The customer names its default. */
  protected override async derivedColumns(
    manager: EntityManager,
    row: PaymentMethod | null,
    columns: Columns<PaymentMethod>,
  ): Promise<Columns<PaymentMethod>> {
    if (row === null) return {};
    const { defaultStripePaymentMethodId: id } = await manager.findOneByOrFail(Customer, {
      id: (columns.customerId as number | undefined) ?? row.customerId,
    });
    return { isDefault: columns.detachedAt === null && id !== null && id === row.stripePaymentMethodId };
  }

  /** Links the default that the customer names already, and the payments that came before their payment method. */
  protected override async afterWrite(manager: EntityManager, row: PaymentMethod): Promise<void> {
    const { id, customerId, stripePaymentMethodId } = row;
    if (stripePaymentMethodId === null) return;
    await manager.update(Payment, { stripePaymentMethodId, paymentMethodId: IsNull() }, { paymentMethodId: id });
    const customer = await lockCustomer(manager, customerId);
    if (customer.trialUsedAt !== null) await this.noteTrialCard(manager, row, stripePaymentMethodId);
    const isDefault = row.detachedAt === null && customer.defaultStripePaymentMethodId === stripePaymentMethodId;
    if (isDefault === row.isDefault) return;
    if (isDefault)
      await manager.update(PaymentMethod, { customerId, isDefault: true, id: Not(id) }, { isDefault: false });
    await manager.update(PaymentMethod, { id }, { isDefault });
    row.isDefault = isDefault;
  }

  /** A card that comes to a customer in trial, by whatever way, may have had a trial with another customer. */
  private async noteTrialCard(
    manager: EntityManager,
    { customerId, cardFingerprint, detachedAt }: PaymentMethod,
    subjectStripeId: string,
  ): Promise<void> {
    if (!this.config.trialOncePer.has('card') || cardFingerprint === null || detachedAt !== null) return;
    if (!(await manager.existsBy(Subscription, { customerId, status: 'trialing' }))) return;
    const wanted = { customerId, kind: 'trial.check_cards' as const, subjectStripeId, request: {} };
    await this.operations.enqueue(manager, wanted, 'again');
  }
}
