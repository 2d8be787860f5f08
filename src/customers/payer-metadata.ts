/** The metadata of an object at Stripe. */
type StripeMetadata = Readonly<Record<string, string | undefined>>;

/**
 * What everything that is made at Stripe carries. `user_id` is for people who read the Dashboard and proves nothing:
 * other programs on the account, staging and laptops count from 1, too.
 */
export type PayerMetadata = Record<'user_id' | 'billing_instance' | 'billing_payer', string>;

/** The payer that an object names: a user of this installation, or something of another one. */
export type NamedPayer = { sub: string } | 'other_instance';

const USER = 'user:';

/** @param instanceId of this installation */
export function payerMetadata(instanceId: string, user: { id: number; externalId: string }): PayerMetadata {
  return { user_id: String(user.id), billing_instance: instanceId, billing_payer: `${USER}${user.externalId}` };
}

/** Who the payer is, by both keys together; null when the object names none. */
export function payerNamedBy(metadata: StripeMetadata | null | undefined, instanceId: string): NamedPayer | null {
  const instance = metadata?.billing_instance;
  const payer = metadata?.billing_payer;
  if (instance === undefined || instance === '') return null;
  if (instance !== instanceId) return 'other_instance';
  return payer?.startsWith(USER) === true && payer.length > USER.length ? { sub: payer.slice(USER.length) } : null;
}

/** True for what this installation made. */
export function isMadeBy(instanceId: string, metadata: StripeMetadata | null | undefined): boolean {
  return metadata?.billing_instance === instanceId;
}
