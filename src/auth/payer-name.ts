import { type IdentifiedPayer } from './payer.js';
import { isIdentifier } from './token-claims.js';

/** A payer by the id that the product's issuer knows it by. */
export type ParsedPayer = Pick<IdentifiedPayer, 'kind' | 'externalId'>;

const PREFIXES = { user: 'user:', organization: 'org:' } as const;
const KINDS = ['user', 'organization'] as const;

/** `user:<sub>` or `org:<id>`: how a payer is named at Stripe and on the wire. */
export function payerName({ kind, externalId }: ParsedPayer): string {
  return `${PREFIXES[kind]}${externalId}`;
}

/** The payer that such a name means; null for anything else, and for an id that no token could have. */
export function parsePayerName(name: string): ParsedPayer | null {
  const kind = KINDS.find((known) => name.startsWith(PREFIXES[known]));
  if (kind === undefined) return null;
  const externalId = name.slice(PREFIXES[kind].length);
  return isIdentifier(externalId) ? { kind, externalId } : null;
}
