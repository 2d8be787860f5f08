import { fromWire } from './mapping.js';
import type * as Model from './models.js';

/** What a verified snapshot says. */
export interface VerifiedSnapshot {
  /** Whose it is: `user:<sub>` or `org:<id>`. */
  payer: string;
  issuedAt: Date;
  /** How long an answer holds that has no end of its own. */
  until: Date;
  entitlements: ReadonlyMap<string, Model.Entitlement>;
}

interface Claims {
  sub: string;
  iat: number;
  until: string;
  entitlements: object[];
}

/**
 * What a snapshot says, if the service signed it for the payer; undefined for every other text.
 * @param publicKey `entitlementsPublicKey` of GET /config
 */
export async function verifySnapshot(
  snapshot: string,
  payer: string,
  publicKey: string,
): Promise<VerifiedSnapshot | undefined> {
  const [header = '', content = '', signature = '', ...more] = snapshot.split('.');
  if (more.length > 0) return undefined;
  try {
    const { alg } = JSON.parse(textOf(header)) as { alg?: unknown };
    if (alg !== 'EdDSA') return undefined;
    const key = await crypto.subtle.importKey('raw', bytesOf(publicKey), 'Ed25519', false, ['verify']);
    const signed = new TextEncoder().encode(`${header}.${content}`);
    if (!(await crypto.subtle.verify('Ed25519', key, bytesOf(signature), signed))) return undefined;
    const { sub, iat, until, entitlements } = JSON.parse(textOf(content)) as Claims;
    if (sub !== payer) return undefined;
    const answers = fromWire(entitlements) as Model.Entitlement[];
    return {
      payer,
      issuedAt: new Date(iat * 1000),
      until: new Date(until),
      entitlements: new Map(answers.map((answer) => [answer.feature, answer])),
    };
  } catch {
    // Neither base64 nor JSON, or a browser without Ed25519: nothing that can be believed.
    return undefined;
  }
}

function textOf(base64url: string): string {
  return new TextDecoder().decode(bytesOf(base64url));
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const base64 = base64url.replace(/-/g, '+').replace(/_/g, '/');
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
