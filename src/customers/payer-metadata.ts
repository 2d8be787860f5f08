import { type IdentifiedPayer } from '../auth/payer.js';
import { parsePayerName, type ParsedPayer, payerName } from '../auth/payer-name.js';

/** The metadata of an object at Stripe. */
type StripeMetadata = Readonly<Record<string, string | undefined>>;

/**
 * What everything that is made at Stripe carries. `user_id` and `organization_id` are for people who read the Dashboard and
 * prove nothing: other programs on the account, staging and laptops count from 1, too.
 */
export type PayerMetadata = Record<'billing_instance' | 'billing_payer', string> &
  ({ user_id: string } | { organization_id: string });

/** The keys of the metadata that prove whose an object is. */
export const PAYER_KEYS: readonly string[] = ['billing_instance', 'billing_payer'];

/** The payer that an object names: one of this installation, or something of another one. */
export type NamedPayer = ParsedPayer | 'other_instance';

/** @param instanceId of this installation */
export function payerMetadata(instanceId: string, { kind, id, externalId }: IdentifiedPayer): PayerMetadata {
  return {
    ...(kind === 'user' ? { user_id: String(id) } : { organization_id: String(id) }),
    billing_instance: instanceId,
    billing_payer: payerName({ kind, externalId }),
  };
}

/** Who the payer is, by both keys together; null when the object names none. */
export function payerNamedBy(metadata: StripeMetadata | null | undefined, instanceId: string): NamedPayer | null {
  const instance = metadata?.billing_instance;
  if (instance === undefined || instance === '') return null;
  if (instance !== instanceId) return 'other_instance';
  return parsePayerName(metadata?.billing_payer ?? '');
}

/** True for what this installation made. */
export function isMadeBy(instanceId: string, metadata: StripeMetadata | null | undefined): boolean {
  return metadata?.billing_instance === instanceId;
}
