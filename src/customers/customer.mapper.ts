import type Stripe from 'stripe';
import { type OwnerColumns, ownerColumns, type PayerKey } from '../auth/payer.js';
import { type Columns } from '../sync/projection.js';
import { type Facts } from '../sync/write-listeners.js';
import { idOf } from '../stripe/values.js';
import { type Customer } from './customer.entity.js';
import { type CustomerChanges } from './customer.gateway.js';
import { type CustomerDto } from './dto/customer.dto.js';
import { type UpdateCustomerDto } from './dto/update-customer.dto.js';

/** What a row needs at least. */
export function toPlaceholderColumns(
  customer: { email?: string | null; name?: string | null },
  payer: PayerKey,
): OwnerColumns & { email: string; name: string | null } {
  return { ...ownerColumns(payer), email: customer.email ?? '', name: textOrNull(customer.name) };
}

/** Stripe customer → row. */
export function toCustomerColumns(customer: Stripe.Customer, payer: PayerKey): Columns<Customer> {
  const address = customer.address;
  return {
    ...toPlaceholderColumns(customer, payer),
    stripeCustomerId: customer.id,
    phone: textOrNull(customer.phone),
    addressLine1: textOrNull(address?.line1),
    addressLine2: textOrNull(address?.line2),
    city: textOrNull(address?.city),
    state: textOrNull(address?.state),
    postalCode: textOrNull(address?.postal_code),
    country: /^[A-Za-z]{2}$/.test(address?.country ?? '') ? address?.country : null,
    currency: /^[a-z]{3}$/.test(customer.currency ?? '') ? customer.currency : null,
    defaultStripePaymentMethodId: idOf(customer.invoice_settings.default_payment_method),
    deletedAt: null,
    metadata: customer.metadata,
  };
}

function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/**
 * Row → response.
 * @param currency that the payer pays in
 */
export function toCustomerDto(row: Customer, trialAvailable: boolean, currency: string | null): CustomerDto {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    phone: row.phone,
    address_line1: row.addressLine1,
    address_line2: row.addressLine2,
    city: row.city,
    state: row.state,
    postal_code: row.postalCode,
    country: row.country,
    currency,
    trial_available: trialAvailable,
    created_at: row.createdAt.toISOString(),
  };
}

/** Row → what events say of it: the response, without what the configuration and subscriptions have a say in. */
export function toCustomerFacts(row: Customer): Facts {
  const { trial_available: _, currency: __, ...facts } = toCustomerDto(row, false, null);
  return { ...facts, stripe_customer_id: row.stripeCustomerId, deleted_at: row.deletedAt?.toISOString() ?? null };
}

const ADDRESS = {
  line1: 'address_line1',
  line2: 'address_line2',
  city: 'city',
  state: 'state',
  postal_code: 'postal_code',
  country: 'country',
} as const;

/** True when a request changes a part of the address. */
export function changesAddress(changes: UpdateCustomerDto): boolean {
  return Object.values(ADDRESS).some((field) => typeof changes[field] === 'string');
}

/**
 * Request → Stripe's parameters. An empty text clears the field.
 * @param address as Stripe has it now: it is replaced as a whole, so what stays is sent along
 */
export function toCustomerChanges(changes: UpdateCustomerDto, address: Stripe.Address | null): CustomerChanges {
  const parts = Object.entries(ADDRESS).map(([part, field]) => [
    part,
    changes[field] ?? address?.[part as keyof typeof ADDRESS] ?? '',
  ]);
  return {
    ...(typeof changes.email === 'string' ? { email: changes.email } : {}),
    ...(typeof changes.name === 'string' ? { name: changes.name } : {}),
    ...(typeof changes.phone === 'string' ? { phone: changes.phone } : {}),
    ...(changesAddress(changes) ? { address: Object.fromEntries(parts) as Stripe.AddressParam } : {}),
  };
}
