import { createHash } from 'node:crypto';
import { validationFailed } from '../common/billing-error.js';

/** Members of a response that are worth money to whoever reads them. */
const SECRET_MEMBER = 'client_secret';

/**
 * The `Idempotency-Key` of a request.
 * @throws BillingError validation_failed unless it has 1 to 255 visible ASCII characters
 */
export function parseIdempotencyKey(header: string | string[]): string {
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  const message = 'Idempotency-Key must have 1 to 255 visible ASCII characters';
  throw validationFailed([{ field: 'Idempotency-Key', message }]);
}

/** SHA-256 of what was asked. Two bodies that differ in the order of their members only ask the same. */
export function requestHash(method: string, url: string, body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, canonical(body ?? null)]))
    .digest('hex');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return members.map(([name, nested]) => [name, canonical(nested)]);
}

/** The response as JSON, with null for each client secret. */
export function withoutSecrets(body: unknown): unknown {
  if (body === undefined) return null;
  const text = JSON.stringify(body, (name, value: unknown) => (name === SECRET_MEMBER ? null : value));
  return JSON.parse(text) as unknown;
}

/** True when the response has a place for a client secret. */
export function hasSecret(body: unknown): boolean {
  if (body === null || typeof body !== 'object') return false;
  return Object.entries(body).some(([name, nested]) => name === SECRET_MEMBER || hasSecret(nested));
}
