import { SignJWT } from 'jose';
import { type ParsedPayer, payerName } from '../auth/payer-name.js';
import { type SigningKey } from '../config/signing-key.js';
import { type EntitlementDto } from './dto/entitlement.dto.js';

/** Days that an answer of a snapshot holds which has no end of its own. */
const HOLDS_DAYS = 30;
const DAY = 86_400_000;

/** What a payer may use, dated and signed. The client has its reader: client/src/snapshots.ts. */
export function signSnapshot(
  payer: ParsedPayer,
  entitlements: readonly EntitlementDto[],
  now: Date,
  { privateKey }: SigningKey,
): Promise<string> {
  return new SignJWT({ until: new Date(now.getTime() + HOLDS_DAYS * DAY).toISOString(), entitlements })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'entitlements+jwt' })
    .setSubject(payerName(payer))
    .setIssuedAt(now)
    .sign(privateKey);
}
