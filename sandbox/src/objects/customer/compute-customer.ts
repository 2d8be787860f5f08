import { type Values, mergeMetadata } from '../../http/parameters.js';
import { type Context } from '../../kernel/context.js';
import { changed, fullAddress } from '../common-parameters.js';
import { requireMethodOf } from '../payment-method/payment-method-type.js';
import { checkedEmail, type commonParameters } from './customer-parameters.js';
import { type Customer, customers } from './customer-type.js';

/** A customer without anything, as it is before the request's values are applied. */
export function blankCustomer(context: Context): Customer {
  return {
    id: context.newId('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: context.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: context.newId('', 8).slice(1).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: context.testClock,
  };
}

function withInvoiceSettings(customer: Customer, sent: Values<typeof commonParameters>['invoice_settings']): Customer {
  if (sent === undefined) return customer;
  const current = customer.invoice_settings;
  return {
    ...customer,
    invoice_settings: {
      ...current,
      custom_fields: changed(sent.custom_fields, current.custom_fields),
      default_payment_method: changed(sent.default_payment_method, current.default_payment_method),
      footer: changed(sent.footer, current.footer),
    },
  };
}

export function withValues(customer: Customer, sent: Omit<Values<typeof commonParameters>, 'source'>): Customer {
  const { shipping } = sent;
  return withInvoiceSettings(
    {
      ...customer,
      ...(typeof sent.business_name === 'string' ? { business_name: sent.business_name } : {}),
      ...(typeof sent.individual_name === 'string' ? { individual_name: sent.individual_name } : {}),
      address: changed(sent.address && fullAddress(sent.address), customer.address ?? null),
      balance: sent.balance ?? customer.balance,
      description: changed(sent.description, customer.description),
      email: changed(checkedEmail(sent.email), customer.email),
      invoice_prefix: sent.invoice_prefix ?? customer.invoice_prefix,
      metadata: mergeMetadata(customer.metadata, sent.metadata),
      name: changed(sent.name, customer.name ?? null),
      next_invoice_sequence: sent.next_invoice_sequence ?? customer.next_invoice_sequence,
      phone: changed(sent.phone, customer.phone ?? null),
      preferred_locales: sent.preferred_locales === null ? [] : (sent.preferred_locales ?? customer.preferred_locales),
      shipping: changed(
        shipping && { address: fullAddress(shipping.address), name: shipping.name, phone: shipping.phone ?? null },
        customer.shipping,
      ),
      tax_exempt: sent.tax_exempt === null ? 'none' : (sent.tax_exempt ?? customer.tax_exempt),
    },
    sent.invoice_settings,
  );
}

/**
 * Checks that the default payment method belongs to the customer. When a customer is created with a `pm_card_…` token
 * as both payment method and default, the token's new id becomes the default.
 */
export function withDefaultMethod(
  context: Context,
  customer: Customer,
  sent: string | null | undefined,
  attached: { readonly id: string } | undefined,
): Customer {
  if (typeof sent !== 'string') return customer;
  const id = attached !== undefined && sent.startsWith('pm_card_') ? attached.id : sent;
  requireMethodOf(context, customer.id, id, 'invoice_settings[default_payment_method]');
  if (id === sent) return customer;
  return context
    .objects(customers)
    .update(customer.id, { invoice_settings: { ...customer.invoice_settings, default_payment_method: id } });
}
