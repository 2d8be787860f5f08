import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type Stripe from 'stripe';
import { lockCustomer } from '../customers/customer-lock.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { Transactions } from '../database/transactions.js';
import { Invoice } from '../invoices/invoice.entity.js';
import { type Columns, Ignored, type PendingWrite, Projection } from '../mirror/projection.js';
import { PaymentMethod } from '../payment-methods/payment-method.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { Payment } from './payment.entity.js';
import { PaymentGateway } from './payment.gateway.js';
import { type PaymentLink, toPaymentColumns } from './payment.mapper.js';

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
  ) {
    super(transactions);
  }

  protected retrieve(stripeId: string): Promise<StripeAnswer<Stripe.PaymentIntent | null>> {
    return this.gateway.retrieve(stripeId);
  }

  /** A snapshot names its charge by id only; what was refunded stands in the charge. */
  protected override needsRefresh(source: Stripe.PaymentIntent): boolean {
    return super.needsRefresh(source) || typeof source.latest_charge === 'string';
  }

  protected async link(source: Stripe.PaymentIntent): Promise<PaymentLink | Ignored> {
    const known = await this.dataSource.getRepository(Payment).findOneBy({ stripePaymentIntentId: source.id });
    const customerId = known === null ? await this.findCustomerId(source) : known.customerId;
    if (customerId instanceof Ignored) return customerId;
    const stripeInvoiceId = known?.stripeInvoiceId ?? (await this.gateway.findInvoiceId(source.id));
    return { customerId, stripeInvoiceId };
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

  /** Invoice and payment method may have come first; if they come later, their own projections set the links. */
  protected override async beforeWrite(
    manager: EntityManager,
    { row, columns }: PendingWrite<Payment, Stripe.PaymentIntent>,
  ): Promise<Columns<Payment>> {
    await lockCustomer(manager, row?.customerId ?? (columns.customerId as number));
    const stripeInvoiceId = (columns.stripeInvoiceId ?? null) as string | null;
    const stripePaymentMethodId = (columns.stripePaymentMethodId ?? null) as string | null;
    const invoice = stripeInvoiceId === null ? null : await manager.findOneBy(Invoice, { stripeInvoiceId });
    const method =
      stripePaymentMethodId === null ? null : await manager.findOneBy(PaymentMethod, { stripePaymentMethodId });
    return {
      ...(invoice === null ? {} : { invoiceId: invoice.id }),
      ...(stripePaymentMethodId === null ? {} : { paymentMethodId: method?.id ?? null }),
    };
  }

  private async findCustomerId(source: Stripe.PaymentIntent): Promise<number | Ignored> {
    const stripeCustomerId = idOf(source.customer);
    if (stripeCustomerId === null) return new Ignored('unlinked_customer');
    const customer = await this.customers.findOrRefresh(stripeCustomerId);
    return customer instanceof Ignored ? customer : customer.id;
  }
}
