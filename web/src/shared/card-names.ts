import { type PaymentMethod } from 'stripe-billing-client';
import { type Texts } from '../texts/en.js';

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  eftpos_au: 'Eftpos',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

/** What a payment method is called: `Visa ending in 4242`. */
export function cardName(method: PaymentMethod, { paymentMethods }: Texts): string {
  if (method.type === 'bank_account') return paymentMethods.bankAccount;
  if (method.type !== 'card' || method.cardLast4 === undefined) return paymentMethods.other;
  const brand = method.cardBrand ?? '';
  return paymentMethods.ending(BRANDS[brand] ?? brand, method.cardLast4);
}

/** True when the last day of its month has passed. */
export function isExpired(method: PaymentMethod, now: Date): boolean {
  if (method.cardExpMonth === undefined || method.cardExpYear === undefined) return false;
  return new Date(method.cardExpYear, method.cardExpMonth, 1) <= now;
}
