import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { StripeClient } from '../../stripe/stripe-client.js';
import { idOf } from '../../stripe/values.js';
import { hadWaited, STANDS_FOR, toReplacement } from './pending-items.mapper.js';

/** Stripe's own shape, for the files that carry it from one call to the other. */
export type InvoiceItem = Stripe.InvoiceItem;

/** The Stripe calls about items that wait for a customer's next invoice, whatever it is for. */
@Injectable()
export class PendingItemsGateway {
  constructor(private readonly stripe: StripeClient) {}

  /** The items on an invoice that had waited for the next one. */
  async listOn(invoice: string): Promise<InvoiceItem[]> {
    const items = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoiceItems.list({ invoice, ...page, expand: ['data.invoice', 'data.discounts'] }, options),
    );
    return items.filter(hadWaited);
  }

  /** Has items that went with a voided invoice wait for the next one again. May be repeated. */
  async restore(items: readonly InvoiceItem[]): Promise<void> {
    const customer = idOf(items[0]?.customer);
    if (customer === null) return;
    const waiting = await this.stripe.listAll((stripe, page, options) =>
      stripe.invoiceItems.list({ customer, pending: true, ...page }, options),
    );
    const restored = new Set(waiting.map(({ metadata }) => metadata?.[STANDS_FOR]));
    for (const item of items.filter(({ id }) => !restored.has(id)))
      await this.stripe.write(`restore:${item.id}`, (stripe, options) =>
        stripe.invoiceItems.create(toReplacement(item), options),
      );
  }
}
