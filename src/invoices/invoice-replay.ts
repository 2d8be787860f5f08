import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type EarlierRequest, type ReplaySource } from '../idempotency/replay.js';
import { InvoicePaymentGateway } from '../subscriptions/collection/invoice-payment.gateway.js';
import { type InvoiceResultDto } from './dto/invoice-result.dto.js';
import { Invoice } from './invoice.entity.js';
import { toInvoiceDto } from './invoice.mapper.js';

/** The response to a repeated payment of an invoice: what is still to be done for it is read from Stripe. */
@Injectable()
export class InvoiceReplay implements ReplaySource {
  constructor(
    private readonly dataSource: DataSource,
    private readonly invoicePayments: InvoicePaymentGateway,
  ) {}

  async replay({ answer, operation }: EarlierRequest): Promise<InvoiceResultDto | undefined> {
    const earlier = answer as InvoiceResultDto | undefined;
    const stripeInvoiceId = operation?.kind === 'invoice.pay' ? operation.subjectStripeId : null;
    if (stripeInvoiceId === null) return earlier;
    const row = await this.dataSource.getRepository(Invoice).findOneBy({ stripeInvoiceId });
    if (row === null) return earlier;
    const { clientSecret, paymentUrl } = await this.invoicePayments.find(stripeInvoiceId);
    const action = { requires_action: clientSecret !== null, client_secret: clientSecret, payment_url: paymentUrl };
    return { ...(earlier ?? toInvoiceDto(row)), ...action };
  }
}
