import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { Clock } from '../common/clock.js';
import { type AppConfig } from '../config/app-config.js';
import { WebhookSignature } from './webhook-signature.js';

const NOW = 1_795_000_000;
const BODY = Buffer.from('{"id":"evt_1","object":"event"}');

class FixedClock extends Clock {
  override now(): Date {
    return new Date(NOW * 1000);
  }
}

function signature(...secrets: string[]): WebhookSignature {
  return new WebhookSignature({ env: { STRIPE_WEBHOOK_SECRET: secrets } } as unknown as AppConfig, new FixedClock());
}

function header(options: { secret?: string; timestamp?: number; body?: Buffer } = {}): string {
  const { secret = 'whsec_current', timestamp = NOW, body = BODY } = options;
  return Stripe.webhooks.generateTestHeaderString({ payload: body.toString(), secret, timestamp });
}

describe('WebhookSignature', () => {
  it('accepts what the stripe package signs', () => {
    expect(signature('whsec_current').isValid(BODY, header())).toBe(true);
  });

  it('accepts each of several secrets while one is rotated', () => {
    const both = signature('whsec_new', 'whsec_old');
    expect(both.isValid(BODY, header({ secret: 'whsec_new' }))).toBe(true);
    expect(both.isValid(BODY, header({ secret: 'whsec_old' }))).toBe(true);
    expect(both.isValid(BODY, header({ secret: 'whsec_other' }))).toBe(false);
  });

  it('accepts one good signature among several, and skips other schemes', () => {
    const [stamp, good] = header().split(',');
    const other = `v1=${'0'.repeat(64)}`;
    expect(signature('whsec_current').isValid(BODY, [stamp, other, 'v0=abc', good].join(','))).toBe(true);
    expect(signature('whsec_current').isValid(BODY, [stamp, String(good).replace('v1=', 'v0=')].join(','))).toBe(false);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['no stamp', header().replace(/^t=\d+,/, '')],
    ['no signature', `t=${NOW}`],
    ['a stamp that is no number', header().replace(/^t=\d+/, 't=now')],
    ['another stamp than the signed one', header().replace(/^t=\d+/, `t=${NOW - 1}`)],
    ['a cut signature', header().slice(0, -2)],
  ])('refuses %s', (_name, value) => {
    expect(signature('whsec_current').isValid(BODY, value)).toBe(false);
  });

  it('refuses other bytes than the signed ones', () => {
    expect(signature('whsec_current').isValid(Buffer.concat([BODY, Buffer.from(' ')]), header())).toBe(false);
  });

  it('takes a stamp that is five minutes off, and none that is further off in either direction', () => {
    const current = signature('whsec_current');
    expect(current.isValid(BODY, header({ timestamp: NOW - 300 }))).toBe(true);
    expect(current.isValid(BODY, header({ timestamp: NOW - 301 }))).toBe(false);
    expect(current.isValid(BODY, header({ timestamp: NOW + 300 }))).toBe(true);
    expect(current.isValid(BODY, header({ timestamp: NOW + 301 }))).toBe(false);
  });

  it('checks the bytes, also when they are no UTF-8', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const hex = createHmac('sha256', 'whsec_current').update(`${NOW}.`).update(body).digest('hex');
    expect(signature('whsec_current').isValid(body, `t=${NOW},v1=${hex}`)).toBe(true);
  });
});
