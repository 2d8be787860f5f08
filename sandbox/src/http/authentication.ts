import { API_VERSION } from '../api-version.js';
import { StripeError, invalidRequest } from '../errors/stripe-error.js';

type Headers = { readonly [name: string]: string | string[] | undefined };

/** The key of a request: secret (also restricted) or publishable. Throws 401 for anything but a test key. */
export function authenticate(headers: Headers): 'secret' | 'publishable' {
  const key = keyOf(headers.authorization);
  if (key === undefined || key === '') {
    throw unauthenticated(
      'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth ' +
        "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or " +
        'we can help at https://support.stripe.com/.',
    );
  }
  if (/^(sk|rk)_test_\S+$/.test(key)) return 'secret';
  if (/^pk_test_\S+$/.test(key)) return 'publishable';
  throw unauthenticated(`Invalid API Key provided: ${mask(key)}`);
}

/** Whether a request names its API version; 400 for any but the sandbox's own. */
export function namesVersion(headers: Headers): boolean {
  const version = headers['stripe-version'];
  if (version === undefined || version === '') return false;
  if (version === API_VERSION) return true;
  throw invalidRequest(
    `Invalid Stripe API version: ${String(version)}. This sandbox speaks ${API_VERSION} only; leave the header out or send that version.`,
  );
}

/** 403 for a call that needs a secret key. */
export function secretKeyRequired(): StripeError {
  return new StripeError(403, {
    type: 'invalid_request_error',
    code: 'secret_key_required',
    message:
      'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of ' +
      'your API keys at https://dashboard.stripe.com/account/apikeys.',
  });
}

function keyOf(header: string | string[] | undefined): string | undefined {
  const [scheme, value] = typeof header === 'string' ? header.trim().split(/\s+/, 2) : [];
  if (value === undefined) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() === 'basic') return Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0];
  return undefined;
}

function mask(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
}

function unauthenticated(message: string): StripeError {
  return new StripeError(401, { type: 'invalid_request_error', message });
}
