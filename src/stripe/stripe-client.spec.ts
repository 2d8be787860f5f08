import { describe, expect, it } from '@jest/globals';
import { hostOf } from './stripe-client.js';

describe('the base URL of Stripe', () => {
  it.each([
    [undefined, {}],
    ['http://127.0.0.1:12111', { host: '127.0.0.1', port: '12111', protocol: 'http' }],
    ['https://stripe.example', { host: 'stripe.example', port: '443', protocol: 'https' }],
    ['http://localhost', { host: 'localhost', port: '80', protocol: 'http' }],
  ])('%s is, for the stripe package, %j', (base, expected) => {
    expect(hostOf(base)).toEqual(expected);
  });
});
