import { Injectable } from '@nestjs/common';
import { BillingError } from '../../common/billing-error.js';
import { InvoicePaymentGateway } from './invoice-payment.gateway.js';
import { type Subscription } from '../subscription.entity.js';
import { SubscriptionCommands } from '../subscription-commands.js';

/** The period that a subscription is in and that was never paid for. */
@Injectable()
export class UnpaidPeriod {
  constructor(
    private readonly invoicePayments: InvoicePaymentGateway,
    private readonly commands: SubscriptionCommands,
  ) {}

  /**
   * Voids what is open of the period that a subscription is in, before it ends: paid afterwards, it would buy nothing. What
   * is owed for earlier periods stays open, and so does what else had waited for the invoice.
   * @throws BillingError subscription_state when it was paid meanwhile
   */
  async voidInvoices({ stripeSubscriptionId: stripeId, currentPeriodStart }: Subscription): Promise<void> {
    if (stripeId === null) return;
    const begun = currentPeriodStart === null ? 0 : currentPeriodStart.getTime() / 1000;
    for (const { id, periodEnd } of await this.invoicePayments.listOpen(stripeId)) {
      if (periodEnd < begun) continue;
      if ((await this.commands.voidInvoice(id, null)) !== 'paid') continue;
      await this.commands.refresh(stripeId);
      throw new BillingError(
        'subscription_state',
        'The open invoice was paid meanwhile; look at the subscription again',
      );
    }
  }
}
