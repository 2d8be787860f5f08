import { type BillingError, validationFailed } from '../common/billing-error.js';
import { type IdentifiedPayer } from './payer.js';
import { isIdentifier } from './token-claims.js';

export const ON_BEHALF_OF = 'On-Behalf-Of';
const KINDS = { user: 'user', org: 'organization' } as const;
/** What `encodeURIComponent` makes: nothing else, so that no value has two meanings. */
const FORM = /^(user|org):((?:[A-Za-z0-9\-_.!~*'()]|%[0-9A-Fa-f]{2})+)$/;

/**
 * The payer that a service key acts for: `user:<sub>` or `org:<id>`, the id percent-encoded.
 * @throws BillingError validation_failed for anything else
 */
export function parseOnBehalfOf(header: string): Pick<IdentifiedPayer, 'kind' | 'externalId'> {
  const [, kind, encoded] = FORM.exec(header) ?? [];
  const externalId = encoded === undefined ? null : decoded(encoded);
  if (!isIdentifier(externalId))
    throw refusal(`${ON_BEHALF_OF} must be user:<sub> or org:<id>, with the id percent-encoded (encodeURIComponent)`);
  return { kind: KINDS[kind as keyof typeof KINDS], externalId };
}

/** 400 at the header. */
export function refusal(message: string): BillingError {
  return validationFailed([{ field: ON_BEHALF_OF, message }]);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
