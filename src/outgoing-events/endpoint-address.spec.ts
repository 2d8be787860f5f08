import { describe, expect, it } from '@jest/globals';
import { refusalOfAddress } from './endpoint-address.js';

const TEST = { production: false, livemode: false };
const PRODUCTION = { production: true, livemode: false };
const LIVE = { production: true, livemode: true };

describe('where events may be sent', () => {
  it.each([
    ['https://host.example/hooks?a=1', LIVE],
    ['http://host.internal/hooks', TEST],
    ['http://127.0.0.1:3000/', PRODUCTION],
    ['http://localhost:3000/', PRODUCTION],
    ['http://[::1]:3000/', PRODUCTION],
  ])('is %s', (url, policy) => {
    expect(refusalOfAddress(url, policy)).toBeNull();
  });

  it.each([
    ['http://host.example/hooks', PRODUCTION],
    ['http://127.0.0.1.example/', PRODUCTION],
    ['http://127.0.0.1:3000/', LIVE],
    ['ftp://host.example/', TEST],
    ['file:///etc/passwd', TEST],
    ['/hooks', TEST],
    ['', TEST],
    ['https://name:password@host.example/', TEST],
    ['https://host.example/#x', TEST],
    [`https://host.example/${'x'.repeat(2048)}`, TEST],
  ])('is not %s', (url, policy) => {
    expect(refusalOfAddress(url, policy)).not.toBeNull();
  });
});
