import type Stripe from 'stripe';
import { type Columns } from '../sync/projection.js';
import { type PaymentMethodDto } from './dto/payment-method.dto.js';
import { type PaymentMethod, type PaymentMethodType } from './payment-method.entity.js';

const BANK_ACCOUNTS = new Set<string>(['us_bank_account', 'sepa_debit', 'bacs_debit', 'au_becs_debit', 'acss_debit']);

/** Stripe's type as ours. Stripe's list is open: what is neither a card nor a bank account is `other`. */
export function toPaymentMethodType(stripeType: string): PaymentMethodType {
  if (stripeType === 'card') return 'card';
  return BANK_ACCOUNTS.has(stripeType) ? 'bank_account' : 'other';
}

/**
 * Stripe payment method → row. Of the billing details only country and postal code are kept.
 * @param detachedAt when it was found detached; null while it is attached
 */
export function toPaymentMethodColumns(
  method: Stripe.PaymentMethod,
  customerId: number,
  detachedAt: Date | null,
): Columns<PaymentMethod> {
  const card = method.card ?? null;
  const address = method.billing_details?.address ?? null;
  return {
    customerId,
    stripePaymentMethodId: method.id,
    type: toPaymentMethodType(method.type),
    cardBrand: card?.brand ?? null,
    cardLast4: card?.last4 ?? null,
    cardExpMonth: card?.exp_month ?? null,
    cardExpYear: card?.exp_year ?? null,
    cardFingerprint: card?.fingerprint ?? null,
    billingDetails: { country: address?.country ?? null, postal_code: address?.postal_code ?? null },
    detachedAt,
    ...(detachedAt === null ? {} : { isDefault: false }),
    metadata: method.metadata ?? {},
  };
}

/** Row → response. */
export function toPaymentMethodDto(row: PaymentMethod): PaymentMethodDto {
  return {
    id: row.id,
    type: row.type,
    is_default: row.isDefault,
    card_brand: row.cardBrand,
    card_last4: row.cardLast4,
    card_exp_month: row.cardExpMonth,
    card_exp_year: row.cardExpYear,
  };
}
