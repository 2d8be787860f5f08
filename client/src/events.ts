/** What every event says, whatever its type. */
interface OutgoingEventBase<Type extends string, Object, Payer = string> {
  /** Grows with each event: what `after` takes. */
  id: string;
  type: Type;
  created_at: string;
  /** Whose it is: `user:<sub>` or `org:<id>`; null for what concerns them all. */
  payer: Payer;
  /** 1, 2, 3 … for each payer: what is not greater than the last one you have is older. */
  sequence: number;
  object_type: string;
  object_id: number | null;
  stripe_id: string | null;
  data: {
    /** The object as it was after the change, in the words of the API. */
    object: Object;
    /** What changed, as it was before; null for what is new. */
    previous: Partial<Object> | null;
  };
}

type Fields<Known> = Known & Record<string, unknown>;

/** A subscription as events show it. */
type SubscriptionFacts = Fields<{ id: number; status: string; tier: string; quantity: number }>;
/** An invoice as events show it. */
type InvoiceFacts = Fields<{
  id: number;
  status: string;
  amount_due: number;
  currency: string;
  hosted_url: string | null;
}>;
/** The next invoice, which has no id yet. */
type UpcomingInvoiceFacts = Fields<{
  amount_due: number | null;
  currency: string | null;
  next_payment_attempt: string | null;
}>;
/** A payment as events show it. */
type PaymentFacts = Fields<{
  id: number;
  amount: number;
  amount_refunded: number;
  currency: string;
  dispute_status: string | null;
}>;
/** A customer as events show it. */
type CustomerFacts = Fields<{ id: number; email: string; name: string | null }>;

/** A limit that was reached. */
type LimitFacts = Fields<{
  feature: string;
  limit: number;
  used: number;
  resets_at: string | null;
  plan: string | null;
}>;
/** What is sold from now on: keys of the catalogue. */
type CatalogueFacts = Fields<{ plans: string[]; features: string[] }>;

/** An event of the service, told apart by `type`. */
export type OutgoingEvent =
  | OutgoingEventBase<
      `subscription.${'created' | 'updated' | 'canceled' | 'trial_ending' | 'past_due' | 'recovered'}`,
      SubscriptionFacts
    >
  | OutgoingEventBase<`invoice.${'paid' | 'payment_failed'}`, InvoiceFacts>
  | OutgoingEventBase<'invoice.upcoming', UpcomingInvoiceFacts>
  | OutgoingEventBase<`payment.${'refunded' | 'disputed'}`, PaymentFacts>
  | OutgoingEventBase<`customer.${'updated' | 'linked' | 'closed'}`, CustomerFacts>
  | OutgoingEventBase<'entitlements.changed', Record<string, unknown>>
  | OutgoingEventBase<'usage.limit_reached', LimitFacts>
  | OutgoingEventBase<'catalogue.changed', CatalogueFacts, null>;

/** A delivery that is not to be believed: answer 400. */
export class EventVerificationError extends Error {
  override readonly name = 'EventVerificationError';
}

export interface VerifyEventOptions {
  /** Seconds that a delivery may be old, or ahead. Default 300. */
  toleranceSeconds?: number;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/**
 * Checks the signature of a delivery (Standard Webhooks) and returns its event.
 * @param body the bytes as they came in, before any JSON parser
 * @param headers of the request
 * @param secret `whsec_…` of the endpoint; several while it is replaced
 * @throws EventVerificationError when it is not signed with the secret, or too old
 */
export async function verifyEvent(
  body: string | Uint8Array,
  headers: Headers,
  secret: string | readonly string[],
  { toleranceSeconds = 300 }: VerifyEventOptions = {},
): Promise<OutgoingEvent> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature').split(' ');
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!/^\d+$/.test(timestamp) || age > toleranceSeconds) throw new EventVerificationError('The delivery is too old');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  for (const one of typeof secret === 'string' ? [secret] : secret) {
    const key = await crypto.subtle.importKey('raw', bytesOf(one), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    for (const signature of signatures) {
      const [version, value = ''] = signature.split(',');
      // The comparison of WebCrypto takes the same time whatever differs.
      if (version === 'v1' && (await crypto.subtle.verify('HMAC', key, bytesOf(value), signed)))
        return JSON.parse(text) as OutgoingEvent;
    }
  }
  throw new EventVerificationError('The delivery is not signed with the secret');
}

function headerOf(headers: Headers, name: string): string {
  const value = typeof headers.get === 'function' ? headers.get(name) : (headers as Record<string, unknown>)[name];
  if (typeof value !== 'string' || value === '') throw new EventVerificationError(`The header ${name} is missing`);
  return value;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64.replace(/^whsec_/, '')), (char) => char.charCodeAt(0));
  } catch {
    throw new EventVerificationError('A secret or a signature is not base64');
  }
}
