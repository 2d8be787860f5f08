import { describe, expect, it } from '@jest/globals';
import { chooseEmbeddedParts } from './embedded-parts.js';

const DATABASE_URL = 'postgresql://db.example.com/billing';
const STRIPE_SECRET_KEY = 'sk_test_123';

describe('chooseEmbeddedParts', () => {
  it.each([
    ['nothing configured embeds both', {}, { postgres: true, sandbox: true }],
    ['empty variables count as unset', { DATABASE_URL: ' ', STRIPE_SECRET_KEY: '' }, { postgres: true, sandbox: true }],
    ['a test key brings its own Stripe', { STRIPE_SECRET_KEY }, { postgres: true, sandbox: false }],
    ['a restricted test key too', { STRIPE_SECRET_KEY: 'rk_test_1' }, { postgres: true, sandbox: false }],
    ['a key and a database embed nothing', { STRIPE_SECRET_KEY, DATABASE_URL }, { postgres: false, sandbox: false }],
    [
      'a database may be used with the sandbox on request',
      { DATABASE_URL, STRIPE_SANDBOX: 'embedded' },
      { postgres: false, sandbox: true },
    ],
    ['the request alone changes nothing', { STRIPE_SANDBOX: 'embedded' }, { postgres: true, sandbox: true }],
    [
      'a live key with a database embeds nothing',
      { STRIPE_SECRET_KEY: 'sk_live_1', DATABASE_URL },
      { postgres: false, sandbox: false },
    ],
  ])('%s', (_fact, environment, parts) => {
    expect(chooseEmbeddedParts(environment)).toEqual(parts);
  });

  it.each([
    ['a database without a key', { DATABASE_URL }, /STRIPE_SECRET_KEY is not: set it, or STRIPE_SANDBOX=embedded/],
    ['a Stripe address without a key', { STRIPE_API_BASE: 'http://stripe' }, /STRIPE_API_BASE is set/],
    [
      'production without configuration',
      { NODE_ENV: 'production' },
      /NODE_ENV=production nothing is embedded: set DATABASE_URL and STRIPE_SECRET_KEY/,
    ],
    ['production with a test key only', { NODE_ENV: 'production', STRIPE_SECRET_KEY }, /set DATABASE_URL/],
    ['a live key without a database', { STRIPE_SECRET_KEY: 'sk_live_1' }, /live STRIPE_SECRET_KEY.*set DATABASE_URL/],
    ['the sandbox in production', { NODE_ENV: 'production', STRIPE_SANDBOX: 'embedded' }, /contradicts NODE_ENV/],
    ['the sandbox beside a key', { STRIPE_SANDBOX: 'embedded', STRIPE_SECRET_KEY }, /contradicts STRIPE_SECRET_KEY/],
  ])('refuses %s', (_case, environment, message) => {
    expect(() => chooseEmbeddedParts(environment)).toThrow(message);
  });

  it('never repeats a key in its message', () => {
    expect(() => chooseEmbeddedParts({ STRIPE_SECRET_KEY: 'sk_live_secret' })).toThrow(/^((?!sk_live_secret).)*$/);
  });
});
