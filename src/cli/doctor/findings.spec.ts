import { describe, expect, it } from '@jest/globals';
import { STRIPE_API_VERSION } from '../../stripe/api-version.js';
import {
  clockCheck,
  type EndpointFacts,
  endpointCheck,
  failedCallCheck,
  inboxCheck,
  migrationsCheck,
  operationsCheck,
  pricesCheck,
  proxyCheck,
  versionCheck,
} from './findings.js';

const WANTED = ['invoice.paid', 'customer.updated'];

function endpoint(changes: object = {}): EndpointFacts {
  return {
    id: 'we_1',
    url: 'https://api.example.com/api/v1/billing/webhook',
    status: 'enabled',
    api_version: STRIPE_API_VERSION,
    enabled_events: WANTED,
    ...changes,
  };
}

describe('what the doctor finds in the database', () => {
  it('is PostgreSQL 14 or later', () => {
    expect(versionCheck({ number: 140_000, text: '14.0' }).state).toBe('ok');
    expect(versionCheck({ number: 130_018, text: '13.18' })).toMatchObject({
      state: 'fail',
      text: 'PostgreSQL 13.18 is too old',
    });
  });

  it('must have every migration', () => {
    expect(migrationsCheck([]).state).toBe('ok');
    expect(migrationsCheck(['CreateA1', 'CreateB2'])).toMatchObject({
      state: 'fail',
      text: 'missing: CreateA1, CreateB2',
      advice: 'npm run cli -- migrate',
    });
  });

  it('should have no event that was given up, and none that waits for over ten minutes', () => {
    expect(inboxCheck({ failed: 0, lag: 600 }).state).toBe('ok');
    expect(inboxCheck({ failed: 0, lag: 601 })).toMatchObject({ state: 'warn', text: 'an event has waited for 601 s' });
    expect(inboxCheck({ failed: 2, lag: 601 })).toMatchObject({ state: 'warn', text: '2 events were given up' });
  });

  it('should have no operation that is open for an hour', () => {
    expect(operationsCheck(0).state).toBe('ok');
    expect(operationsCheck(1).state).toBe('warn');
  });
});

describe('what the doctor finds in TRUST_PROXY', () => {
  it('is a warning where every address is believed', () => {
    expect(proxyCheck('true').state).toBe('warn');
    for (const setting of [undefined, 'false', '1', 'loopback']) expect(proxyCheck(setting).state).toBe('ok');
  });
});

describe('what the doctor finds at Stripe', () => {
  it('is a key to be mended where Stripe refuses it, and the network where there is no answer', () => {
    expect(failedCallCheck('misconfigured').advice).toContain('STRIPE_SECRET_KEY');
    expect(failedCallCheck('unavailable').advice).toContain('network');
  });

  it('must be prices that fit', () => {
    expect(pricesCheck([]).state).toBe('ok');
    expect(pricesCheck([], ['starter month'])).toMatchObject({
      state: 'warn',
      text: 'archived at Stripe, so not offered: starter month',
    });
    expect(pricesCheck(['starter month is not a recurring price'])).toMatchObject({
      state: 'fail',
      text: 'starter month is not a recurring price',
    });
  });

  it.each([{}, { enabled_events: ['*'] }])('is an endpoint that fits: %j', (changes) => {
    expect(endpointCheck([endpoint(changes)], WANTED).state).toBe('ok');
  });

  it.each([
    [{ status: 'disabled' }, 'we_1 is disabled'],
    [{ api_version: null }, `we_1 has the API version of the account, not ${STRIPE_API_VERSION}`],
    [{ api_version: '2024-06-20' }, `we_1 has the API version 2024-06-20, not ${STRIPE_API_VERSION}`],
    [{ enabled_events: ['invoice.paid'] }, 'we_1 lacks customer.updated'],
  ])('is what an endpoint with %j lacks', (changes, text) => {
    expect(endpointCheck([endpoint(changes)], WANTED)).toMatchObject({
      state: 'fail',
      text,
      advice: 'npm run cli -- stripe:setup --url https://api.example.com/api/v1/billing/webhook',
    });
  });

  it('takes one endpoint of ours that fits for enough, while the secret is rotated', () => {
    expect(endpointCheck([endpoint({ status: 'disabled' }), endpoint({ id: 'we_2' })], WANTED).state).toBe('ok');
  });

  it("leaves other programs' endpoints alone", () => {
    const other = endpoint({ url: 'https://shop.example.com/hooks', enabled_events: ['*'] });
    expect(endpointCheck([other], WANTED)).toMatchObject({
      state: 'fail',
      text: 'no endpoint ends with /api/v1/billing/webhook',
    });
  });

  it.each([
    [0, 'ok'],
    [-5, 'ok'],
    [6, 'warn'],
    [-300, 'warn'],
    [301, 'fail'],
  ])('takes a clock that is %d s off for %s: Stripe refuses signatures from five minutes on', (seconds, state) => {
    expect(clockCheck(seconds, false).state).toBe(state);
  });

  it('says in which direction, and leaves the clock of the sandbox alone, which is moved on purpose', () => {
    expect(clockCheck(-60, false).text).toBe("60 s behind Stripe's");
    expect(clockCheck(86_400, true)).toMatchObject({
      state: 'ok',
      text: "86400 s ahead of Stripe's; the sandbox has a time of its own",
    });
  });
});
