import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Customer } from './customer.entity.js';
import { toCustomerChanges, toCustomerColumns, toCustomerDto, toPlaceholderColumns } from './customer.mapper.js';

const PAYER = { kind: 'user', id: 5 } as const;

function customer(changes: object = {}): Stripe.Customer {
  return {
    id: 'cus_1',
    object: 'customer',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    phone: '+442079460000',
    address: {
      line1: "12 St James's Square",
      line2: '',
      city: 'London',
      state: null,
      postal_code: 'SW1Y 4JH',
      country: 'GB',
    },
    invoice_settings: { default_payment_method: 'pm_1' },
    metadata: { user_id: '5' },
    ...changes,
  } as unknown as Stripe.Customer;
}

const rowOf = (source = customer()) =>
  Object.assign(
    new Customer(),
    { id: 7, createdAt: new Date('2026-11-22T10:00:00Z'), trialUsedAt: null },
    toCustomerColumns(source, PAYER),
  );

describe('Stripe customer → row', () => {
  it('keeps what the billing page shows, with nothing for an empty text', () => {
    expect(toCustomerColumns(customer(), PAYER)).toEqual({
      userId: 5,
      organizationId: null,
      stripeCustomerId: 'cus_1',
      currency: null,
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      phone: '+442079460000',
      addressLine1: "12 St James's Square",
      addressLine2: null,
      city: 'London',
      state: null,
      postalCode: 'SW1Y 4JH',
      country: 'GB',
      defaultStripePaymentMethodId: 'pm_1',
      deletedAt: null,
      metadata: { user_id: '5' },
    });
  });

  it('takes the default payment method expanded or not', () => {
    const source = customer({ invoice_settings: { default_payment_method: { id: 'pm_2' } } });
    expect(toCustomerColumns(source, PAYER)).toMatchObject({ defaultStripePaymentMethodId: 'pm_2' });
  });

  it('keeps a customer without e-mail, name and address: the Dashboard can make one', () => {
    const bare = customer({ email: null, name: null, phone: null, address: null });
    expect(toCustomerColumns(bare, PAYER)).toMatchObject({
      email: '',
      name: null,
      phone: null,
      city: null,
      country: null,
    });
  });

  it('keeps texts whole, however long Stripe lets them be', () => {
    const long = '😀'.repeat(300);
    const address = { line1: long, line2: long, city: long, state: long, postal_code: long, country: 'GBR' };
    const columns = toCustomerColumns(customer({ email: long, name: long, phone: long, address }), PAYER);
    const { email, name, phone, addressLine1, addressLine2, city, state, postalCode, country } = columns;
    const texts = [email, name, phone, addressLine1, addressLine2, city, state, postalCode];
    expect(texts.every((text) => text === long)).toBe(true);
    expect(country).toBeNull();
  });

  it('makes a row of the snapshot of a customer that is gone', () => {
    expect(toPlaceholderColumns({ email: null }, PAYER)).toEqual({
      userId: 5,
      organizationId: null,
      email: '',
      name: null,
    });
  });
});

describe('row → answer', () => {
  it('shows neither Stripe ids nor metadata', () => {
    expect(toCustomerDto(rowOf(), true, 'usd')).toEqual({
      id: 7,
      currency: 'usd',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      phone: '+442079460000',
      address_line1: "12 St James's Square",
      address_line2: null,
      city: 'London',
      state: null,
      postal_code: 'SW1Y 4JH',
      country: 'GB',
      trial_available: true,
      created_at: '2026-11-22T10:00:00.000Z',
    });
  });
});

describe("request → Stripe's parameters", () => {
  it('sends what is named alone; an empty text clears, null and undefined leave as it is', () => {
    expect(toCustomerChanges({ email: 'new@example.com', name: '', phone: '+1' }, null)).toStrictEqual({
      email: 'new@example.com',
      name: '',
      phone: '+1',
    });
    const nothing = { email: undefined, name: null, phone: undefined, city: null };
    expect(toCustomerChanges(nothing as unknown as Parameters<typeof toCustomerChanges>[0], null)).toStrictEqual({});
  });

  it('sends the rest of the address along, since Stripe replaces it as a whole', () => {
    expect(toCustomerChanges({ city: 'Leeds', address_line1: '' }, customer().address ?? null)).toEqual({
      address: { line1: '', line2: '', city: 'Leeds', state: '', postal_code: 'SW1Y 4JH', country: 'GB' },
    });
  });
});
