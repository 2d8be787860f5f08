import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type Stripe from 'stripe';
import { lockCustomer, ownerOf } from '../customers/customer-lock.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Invoice } from '../invoices/invoice.entity.js';
import { Unlinked } from '../sync/comparison.js';
import { Doors } from '../sync/doors.js';
import { type Columns, Ignored, type PendingWrite, Projection } from '../sync/projection.js';
import { type Told, WriteListeners } from '../sync/write-listeners.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { Payment } from './payment.entity.js';
import { PaymentGateway } from './payment.gateway.js';
import { type PaymentLink, toPaymentColumns, toPaymentFacts } from './payment.mapper.js';

/** The one door from a Stripe payment intent and its latest charge to `payments`. */
@Injectable()
export class PaymentProjection extends Projection<Payment, Stripe.PaymentIntent, PaymentLink> {
  protected readonly entity = Payment;
  protected readonly stripeIdProperty = 'stripePaymentIntentId';

  constructor(
    transactions: Transactions,
    private readonly dataSource: DataSource,
    private readonly gateway: PaymentGateway,
    private readonly customers: CustomerProjection,
    doors: Doors,
    listeners: WriteListeners,
  ) {
    super(transactions, listeners);
    doors.register('payment', this);
  }

  protected override told(row: Payment): Told {
    const { id, stripePaymentIntentId: stripeId, customerId } = row;
    return { kind: 'payment', id, stripeId, customerId, facts: toPaymentFacts(row) };
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.PaymentIntent | null>> {
    return this.gateway.retrieve(stripeId);
  }

  /** A snapshot names its charge by id only; what was refunded stands in the charge. */
  protected override needsRefresh(source: Stripe.PaymentIntent): boolean {
    return super.needsRefresh(source) || typeof source.latest_charge === 'string';
  }

  /** The tie between a payment and its invoice never changes, so Stripe is asked for it once. */
  protected async link(source: Stripe.PaymentIntent, trustsRow: boolean): Promise<PaymentLink | Ignored> {
    const known = await this.dataSource.getRepository(Payment).findOneBy({ stripePaymentIntentId: source.id });
    const owner = await this.customers.peekOwner(idOf(source.customer), () => known);
    const customerId = owner instanceof Unlinked ? await this.findCustomerId(owner) : owner;
    if (customerId instanceof Ignored) return customerId;
    const trusted = trustsRow ? known?.stripeInvoiceId : null;
    const stripeInvoiceId = trusted ?? (await this.gateway.findInvoiceId(source.id));
    return { customerId, stripeInvoiceId, disputeStatus: await this.gateway.findDisputeStatus(source) };
  }

  protected override async peekLink(source: Stripe.PaymentIntent): Promise<PaymentLink | Unlinked> {
    const findKnown = () => this.dataSource.getRepository(Payment).findOneBy({ stripePaymentIntentId: source.id });
    const customerId = await this.customers.peekOwner(idOf(source.customer), findKnown);
    if (customerId instanceof Unlinked) return customerId;
    const stripeInvoiceId = await this.gateway.findInvoiceId(source.id);
    return { customerId, stripeInvoiceId, disputeStatus: await this.gateway.findDisputeStatus(source) };
  }

  protected toColumns(source: Stripe.PaymentIntent, link: PaymentLink): Columns<Payment> {
    return toPaymentColumns(source, link);
  }

  /** A full refund may still fail, so only a cancelled payment stays as it is. */
  protected isTerminal(content: Columns<Payment> | Payment): boolean {
    return content.status === 'canceled';
  }

  /** Stripe keeps payment intents for ever; the record of one that it does not find stays. */
  protected goneColumns(): Columns<Payment> {
    return {};
  }

  protected override async beforeWrite(
    manager: EntityManager,
    { row, columns }: PendingWrite<Payment, Stripe.PaymentIntent>,
  ): Promise<Columns<Payment>> {
    await lockCustomer(manager, ownerOf(row, columns));
    return this.derivedColumns(manager, row, columns);
  }

  /** Invoice and payment method may have come first; if they come later, their own projections set the links. */
  protected override async derivedColumns(
    manager: EntityManager,
    row: Payment | null,
    columns: Columns<Payment>,
  ): Promise<Columns<Payment>> {
    const { stripeInvoiceId, stripePaymentMethodId } = { ...row, ...columns } as Payment;
    const invoice = stripeInvoiceId === null ? null : await manager.findOneBy(Invoice, { stripeInvoiceId });
    const method =
      stripePaymentMethodId === null ? null : await manager.findOneBy(PaymentMethod, { stripePaymentMethodId });
    return { invoiceId: invoice?.id ?? null, paymentMethodId: method?.id ?? null };
  }

  private async findCustomerId({ waitsFor }: Unlinked): Promise<number | Ignored> {
    const customer = await this.customers.findOrRefresh(waitsFor);
    return customer instanceof Ignored ? customer : customer.id;
  }
}
