import type Stripe from 'stripe';
import { type Values, array, hash, modelled, required, string, unsettable } from '../http/parameters.js';
import { type Wire } from '../wire.js';

const addressParts = {
  city: unsettable(string()),
  country: unsettable(string()),
  line1: unsettable(string()),
  line2: unsettable(string()),
  postal_code: unsettable(string()),
  state: unsettable(string()),
};

/** A postal address. */
export const address = hash(addressParts);

type AddressValues = { readonly [Name in keyof typeof addressParts]?: string | null };

/** An address with all its fields, absent ones null. */
export function fullAddress(values: AddressValues): Wire<Stripe.Address> {
  return {
    city: values.city ?? null,
    country: values.country ?? null,
    line1: values.line1 ?? null,
    line2: values.line2 ?? null,
    postal_code: values.postal_code ?? null,
    state: values.state ?? null,
  };
}

const shippingParts = {
  address: required(address),
  carrier: string(),
  name: required(string()),
  phone: string(),
  tracking_number: string(),
};

/** Where and how goods are sent. */
export const shipping = hash(shippingParts);

/** Shipping details with all their fields, absent ones null. */
export function fullShipping(
  values: Values<typeof shippingParts>,
): Wire<NonNullable<Stripe.PaymentIntent['shipping']>> {
  return {
    address: fullAddress(values.address),
    carrier: values.carrier ?? null,
    name: values.name,
    phone: values.phone ?? null,
    tracking_number: values.tracking_number ?? null,
  };
}

/** `payment_method_types` of earlier API versions where the sandbox takes cards and SEPA debits. */
export const cardOrDebit = { payment_method_types: array(modelled('card', 'sepa_debit')) };

/** `payment_method_types` of earlier API versions where the sandbox takes cards, and says so of any other type. */
export const cardOnly = { payment_method_types: array(modelled('card')) };

/** The new value of an unsettable field: what was sent, null when unset, else what it was. */
export function changed<T>(sent: T | null | undefined, current: T | null): T | null {
  return sent === undefined ? current : sent;
}
