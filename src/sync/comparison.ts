import { differingProperties } from './content.js';

/** What compares an object of Stripe with its row found. */
export type Comparison =
  | { state: 'equal' }
  /** The object has a row here, and a column of it says something else. */
  | { state: 'different'; fields: FieldDifference[] }
  /** The object should have a row and has none. */
  | { state: 'missing' }
  /** The object has no row: it belongs to `waitsFor`, which has none either; null: it is linked to no user. */
  | { state: 'unlinked'; waitsFor: string | null };

/** One column in which Stripe and the row differ. */
export interface FieldDifference {
  /** Name of the column. */
  column: string;
  stripe: unknown;
  stored: unknown;
}

/** Says that an object has no owner here, as far as the tables tell. */
export class Unlinked {
  /** @param waitsFor Stripe id of the object that has no row either; null when it is linked to no user */
  constructor(readonly waitsFor: string | null) {}
}

/** Properties that may hold personal data or a secret link: the report says that they differ, not how. */
const HIDDEN = new Set([
  'email',
  'name',
  'phone',
  'addressLine1',
  'addressLine2',
  'city',
  'state',
  'postalCode',
  'country',
  'billingDetails',
  'cardLast4',
  'cardFingerprint',
  'description',
  'cancellationReason',
  'failureMessage',
  'hostedInvoiceUrl',
  'invoicePdf',
  'receiptUrl',
  'metadata',
]);

/** The columns in which a row differs from what Stripe says. Pure. */
export function differences(row: object, columns: object, columnNameOf: (property: string) => string) {
  const value = (from: object, property: string): unknown =>
    HIDDEN.has(property) ? '(hidden)' : ((from as Record<string, unknown>)[property] ?? null);
  return differingProperties(row, columns).map((property): FieldDifference => ({
    column: columnNameOf(property),
    stripe: value(columns, property),
    stored: value(row, property),
  }));
}
