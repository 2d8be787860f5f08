import { describe, expect, it } from '@jest/globals';
import { Table } from 'typeorm';
import { SnakeCaseNamingStrategy } from './naming-strategy.js';

const names = new SnakeCaseNamingStrategy();

describe('the names of the database', () => {
  it.each([
    ['User', 'users'],
    ['PromotionCode', 'promotion_codes'],
    ['FormerStripeCustomer', 'former_stripe_customers'],
  ])('keep the rows of %s in %s', (className, table) => {
    expect(names.tableName(className, undefined)).toBe(table);
  });

  it.each([
    ['id', 'id'],
    ['asOfFrom', 'as_of_from'],
    ['stripePaymentMethodId', 'stripe_payment_method_id'],
    ['addressLine1', 'address_line1'],
    ['cardLast4', 'card_last4'],
    ['line1Address', 'line1_address'],
  ])('write %s as %s', (property, column) => {
    expect(names.columnName(property, undefined, [])).toBe(column);
  });

  it('leave a name alone that the entity gives', () => {
    expect(names.tableName('PaymentMethod', 'customer_payment_methods')).toBe('customer_payment_methods');
    expect(names.columnName('issuedAt', 'issuedOn', [])).toBe('issuedOn');
  });

  it('set the property before the columns of an embedded object', () => {
    expect(names.columnName('postalCode', undefined, ['shippingAddress'])).toBe('shipping_address_postal_code');
  });

  it('point at another row by the relation and its key', () => {
    expect(names.joinColumnName('paymentMethod', 'id')).toBe('payment_method_id');
    expect(names.joinColumnName('duplicateOf', 'id')).toBe('duplicate_of_id');
  });

  it.each(['payments', 'public.payments', new Table({ name: 'public.payments' })])(
    'call keys and indexes as PostgreSQL does: %p',
    (table) => {
      expect(names.primaryKeyName(table)).toBe('payments_pkey');
      expect(names.uniqueConstraintName(table, ['stripe_charge_id'])).toBe('payments_stripe_charge_id_key');
      expect(names.foreignKeyName(table, ['invoice_id'])).toBe('payments_invoice_id_fkey');
      expect(names.indexName(table, ['status', 'created_at'])).toBe('payments_status_created_at_idx');
    },
  );
});
