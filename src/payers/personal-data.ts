/** Keys of Stripe's objects that hold something about a person, or a link that shows it to its bearer. */
const PERSONAL = new Set([
  'address',
  'billing_details',
  'collected_information',
  'comment',
  'custom_fields',
  'customer_address',
  'customer_details',
  'customer_email',
  'customer_name',
  'customer_phone',
  'customer_shipping',
  'customer_tax_ids',
  'description',
  'email',
  'hosted_invoice_url',
  'invoice_pdf',
  'name',
  'phone',
  'receipt_email',
  'receipt_url',
  'shipping',
  'shipping_details',
]);
/** What of the metadata is ours: ids alone. The rest is the host's words. */
const OWN_METADATA = /^(billing_\w+|operation_key|user_id)$/;

/** The same of what outgoing events say (docs/events.md). */
export const PERSONAL_FACTS = [
  'email',
  'name',
  'phone',
  'address_line1',
  'address_line2',
  'city',
  'state',
  'postal_code',
  'country',
  'description',
  'hosted_url',
  'pdf',
  'metadata',
];

/** An event of Stripe's without what is personal; null where it has nothing of the kind, or is no JSON. */
export function withoutPersonalData(payload: Buffer): Buffer | null {
  const text = payload.toString('utf8');
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return null;
  }
  const blanked = JSON.stringify(blank(event));
  return blanked === JSON.stringify(event) ? null : Buffer.from(blanked);
}

function blank(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blank);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === 'metadata') return [key, ownMetadata(member)];
      return [key, PERSONAL.has(key) ? null : blank(member)];
    }),
  );
}

function ownMetadata(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, OWN_METADATA.test(key) ? text : '']));
}
