import { describe, expect, it } from '@jest/globals';
import { differences } from './comparison.js';

const columnNameOf = (property: string) => property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe('differences', () => {
  it('names each column with what Stripe says and what is stored', () => {
    const row = { status: 'open', amountDue: '79.000', number: null };
    expect(differences(row, { status: 'paid', amountDue: '79.000', number: 'A-1' }, columnNameOf)).toEqual([
      { column: 'status', stripe: 'paid', stored: 'open' },
      { column: 'number', stripe: 'A-1', stored: null },
    ]);
  });

  it('is empty for a row that says the same', () => {
    expect(differences({ id: 1, status: 'paid' }, { status: 'paid' }, columnNameOf)).toEqual([]);
  });

  it.each([
    'email',
    'name',
    'phone',
    'addressLine1',
    'city',
    'postalCode',
    'billingDetails',
    'cardLast4',
    'cardFingerprint',
    'cancellationReason',
    'failureMessage',
    'hostedInvoiceUrl',
    'receiptUrl',
    'metadata',
  ])('tells that %s differs, not how: a report goes into logs and tickets', (property) => {
    const found = differences({ [property]: 'ada@example.com' }, { [property]: 'eve@example.com' }, columnNameOf);
    expect(found).toEqual([{ column: columnNameOf(property), stripe: '(hidden)', stored: '(hidden)' }]);
  });
});
