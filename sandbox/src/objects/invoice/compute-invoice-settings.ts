import { invalidRequest, notSupported } from '../../errors/stripe-error.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { changed } from '../common-parameters.js';
import { computeDiscounts } from '../discount/compute-discounts.js';
import { redeemDiscounts } from '../discount/redeem-discounts.js';
import { requireMethodOf } from '../payment-method/payment-method-type.js';
import { withNewLines } from './compute-draft-lines.js';
import { DRAFT_SECONDS } from './draft-invoice.js';
import { type InvoiceUpdateParameters } from './invoice-parameters.js';
import { type Invoice } from './invoice-type.js';

function checkSettings(invoice: Invoice, sent: InvoiceUpdateParameters): void {
  if (sent.automatic_tax?.enabled === true) throw notSupported('automatic tax', 'automatic_tax[enabled]');
  const method = sent.collection_method ?? invoice.collection_method;
  if (method !== 'send_invoice' && (sent.days_until_due !== undefined || sent.due_date !== undefined)) {
    throw invalidRequest('You can only set `due_date` or `days_until_due` if `collection_method` is `send_invoice`.', {
      param: sent.due_date === undefined ? 'days_until_due' : 'due_date',
    });
  }
}

/** The invoice with the settings of a request. */
export function withSettings(context: Context, invoice: Invoice, sent: InvoiceUpdateParameters): Invoice {
  checkSettings(invoice, sent);
  if (sent.default_payment_method !== undefined) {
    requireMethodOf(context, invoice.customer ?? '', sent.default_payment_method, 'default_payment_method');
  }
  const autoAdvance = sent.auto_advance ?? invoice.auto_advance;
  const finalizesAt = invoice.automatically_finalizes_at ?? invoice.created + DRAFT_SECONDS;
  return {
    ...invoice,
    auto_advance: autoAdvance,
    automatically_finalizes_at:
      invoice.status === 'draft' && autoAdvance === true ? (sent.automatically_finalizes_at ?? finalizesAt) : null,
    collection_method: sent.collection_method ?? invoice.collection_method,
    custom_fields: changed(sent.custom_fields, invoice.custom_fields),
    default_payment_method: sent.default_payment_method ?? invoice.default_payment_method,
    description: changed(sent.description, invoice.description),
    due_date: sent.due_date ?? invoice.due_date,
    effective_at: changed(sent.effective_at, invoice.effective_at),
    footer: changed(sent.footer, invoice.footer),
    metadata: mergeMetadata(invoice.metadata ?? {}, sent.metadata),
    number: sent.number ?? invoice.number,
    statement_descriptor: sent.statement_descriptor ?? invoice.statement_descriptor,
    sandbox: { ...invoice.sandbox, days_until_due: sent.days_until_due ?? invoice.sandbox.days_until_due },
  };
}

export function withDiscounts(context: Context, invoice: Invoice, sent: InvoiceUpdateParameters): Invoice {
  if (sent.discounts === undefined) return invoice;
  const target = { customer: invoice.customer ?? '', currency: invoice.currency, invoice: invoice.id };
  const computed = computeDiscounts(context, sent.discounts ?? [], target);
  redeemDiscounts(context, computed);
  return withNewLines(context, { ...invoice, discounts: computed.map((one) => one.id) }, invoice.lines.data);
}
