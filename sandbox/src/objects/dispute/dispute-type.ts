import type Stripe from 'stripe';
import { objectType } from '../../kernel/object-type.js';
import { type Stored, type Wire } from '../../wire.js';

export type Dispute = Stored<Stripe.Dispute>;

export const disputes = objectType<Dispute>({
  object: 'dispute',
  prefix: 'du',
  indexes: { charge: (dispute) => dispute.charge, payment_intent: (dispute) => dispute.payment_intent },
  references: { charge: 'charge', payment_intent: 'payment_intent' },
});

export const EVIDENCE = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;
export type EvidenceName = (typeof EVIDENCE)[number];

export const NO_EVIDENCE = {
  ...(Object.fromEntries(EVIDENCE.map((name) => [name, null])) as Record<EvidenceName, null>),
  enhanced_evidence: {},
} satisfies Wire<Stripe.Dispute.Evidence>;

export function isOpen(dispute: Dispute): boolean {
  return dispute.status === 'needs_response' || dispute.status === 'warning_needs_response';
}
