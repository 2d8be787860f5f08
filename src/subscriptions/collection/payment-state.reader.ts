import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { PlansService } from '../../catalogue/plans.service.js';
import { Invoice } from '../../invoices/invoice.entity.js';
import { Payment } from '../../payments/payment.entity.js';
import { type PaymentStateDto } from '../dto/payment-state.dto.js';
import { toInterval } from '../subscription.mapper.js';
import { hasOpenPayment, toPaymentStateDto } from './payment-state.mapper.js';
import { type Subscription } from '../subscription.entity.js';

/** Reads what the payments of subscriptions wait for. Nothing is read for those that are paid. */
@Injectable()
export class PaymentStateReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly plans: PlansService,
  ) {}

  /** Reads it for all of the rows; what is returned says it of one. */
  async load(rows: readonly Subscription[]): Promise<(row: Subscription) => PaymentStateDto> {
    const invoices = await this.findOpen(rows.filter(hasOpenPayment));
    const payments = await this.findPayments(invoices);
    return (row) => {
      const own = invoices.filter(({ stripeSubscriptionId: id }) => id === row.stripeSubscriptionId);
      const invoice = own.find(({ stripeInvoiceId: id }) => id === row.latestStripeInvoiceId) ?? own[0] ?? null;
      const payment = payments.find(({ stripeInvoiceId: id }) => id === invoice?.stripeInvoiceId) ?? null;
      return toPaymentStateDto(row, invoice, payment, (priceId) => this.findPriced(priceId, row));
    };
  }

  private findPriced(id: string, row: Subscription): Pick<Subscription, 'tier' | 'interval' | 'intervalCount'> | null {
    const plan = this.plans.findPlan({ id, product: null });
    if (plan === null) return null;
    const { interval, intervalCount } = this.plans.periodOf(id) ?? row;
    return { tier: plan.tier, interval: toInterval(interval), intervalCount };
  }

  private async findOpen(rows: readonly Subscription[]): Promise<Invoice[]> {
    const ids = rows.flatMap(({ stripeSubscriptionId: id }) => (id === null ? [] : [id]));
    if (ids.length === 0) return [];
    return this.dataSource
      .getRepository(Invoice)
      .find({ where: { stripeSubscriptionId: In(ids), status: 'open' }, order: { issuedAt: 'DESC', id: 'DESC' } });
  }

  private async findPayments(invoices: readonly Invoice[]): Promise<Payment[]> {
    const ids = invoices.flatMap(({ stripeInvoiceId: id }) => (id === null ? [] : [id]));
    if (ids.length === 0) return [];
    return this.dataSource.getRepository(Payment).find({ where: { stripeInvoiceId: In(ids) }, order: { id: 'DESC' } });
  }
}
