import type Stripe from 'stripe';
import { type Columns } from '../sync/projection.js';
import { idOf } from '../stripe/values.js';
import { type Customer } from './customer.entity.js';
import { type CustomerChanges } from './customer.gateway.js';
import { type CustomerDto } from './dto/customer.dto.js';
import { type UpdateCustomerDto } from './dto/update-customer.dto.js';

/** What a row needs at least. Texts longer than their column are cut, so that no event fails because of one. */
export function toPlaceholderColumns(
  customer: { email: string | null; name?: string | null },
  userId: number,
): { userId: number; email: string; name: string | null } {
  return { userId, email: (customer.email ?? '').slice(0, 255), name: cut(customer.name, 255) };
}

/** Stripe customer → row. */
export function toCustomerColumns(customer: Stripe.Customer, userId: number): Columns<Customer> {
  const address = customer.address;
  return {
    ...toPlaceholderColumns(customer, userId),
    stripeCustomerId: customer.id,
    phone: cut(customer.phone, 50),
    addressLine1: cut(address?.line1, 255),
    addressLine2: cut(address?.line2, 255),
    city: cut(address?.city, 100),
    state: cut(address?.state, 100),
    postalCode: cut(address?.postal_code, 20),
    country: address?.country?.length === 2 ? address.country : null,
    defaultStripePaymentMethodId: idOf(customer.invoice_settings.default_payment_method),
    deletedAt: null,
    metadata: customer.metadata,
  };
}

function cut(text: string | null | undefined, length: number): string | null {
  return text === null || text === undefined || text === '' ? null : text.slice(0, length);
}

/** Row → response. */
export function toCustomerDto(row: Customer, trialAvailable: boolean): CustomerDto {
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
    trial_available: trialAvailable,
    created_at: row.createdAt.toISOString(),
  };
}

/** Request → Stripe's parameters. Stripe replaces the address as a whole, so what stays is sent along. */
export function toCustomerChanges(changes: UpdateCustomerDto, row: Customer): CustomerChanges {
  const address = {
    line1: changes.address_line1 ?? row.addressLine1 ?? '',
    line2: changes.address_line2 ?? row.addressLine2 ?? '',
    city: changes.city ?? row.city ?? '',
    state: changes.state ?? row.state ?? '',
    postal_code: changes.postal_code ?? row.postalCode ?? '',
    country: changes.country ?? row.country ?? '',
  };
  const { address_line1, address_line2, city, state, postal_code, country } = changes;
  const addressChanges = [address_line1, address_line2, city, state, postal_code, country].some(
    (part) => typeof part === 'string',
  );
  return {
    ...(typeof changes.email === 'string' ? { email: changes.email } : {}),
    ...(typeof changes.name === 'string' ? { name: changes.name } : {}),
    ...(typeof changes.phone === 'string' ? { phone: changes.phone } : {}),
    ...(addressChanges ? { address } : {}),
  };
}
