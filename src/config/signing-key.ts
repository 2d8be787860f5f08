import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const BYTES = 32;

/** An Ed25519 key, and what others verify its signatures with. */
export interface SigningKey {
  privateKey: KeyObject;
  /** The 32 bytes of the public key, base64url. */
  publicKey: string;
}

/** True for 32 bytes in base64, or base64url. */
export function isSigningKey(text: string): boolean {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) && Buffer.from(text, 'base64').length === BYTES;
}

/** @param text 32 random bytes in base64 */
export function signingKeyOf(text: string): SigningKey {
  const der = Buffer.concat([PKCS8_PREFIX, Buffer.from(text, 'base64')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, publicKey: x };
}
