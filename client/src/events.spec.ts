import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { EventVerificationError, verifyEvent } from './events.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"id":"42","type":"invoice.paid"}';
const now = () => Math.floor(Date.now() / 1000);

function signed(timestamp = now(), body = BODY, secret = SECRET) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`42.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': '42', 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}

describe('verifyEvent', () => {
  it('returns the event of a signed delivery, of text or bytes, with headers of Node or fetch', async () => {
    const event = { id: '42', type: 'invoice.paid' };
    expect(await verifyEvent(BODY, signed(), SECRET)).toEqual(event);
    expect(await verifyEvent(new TextEncoder().encode(BODY), new Headers(signed()), SECRET)).toEqual(event);
    const other = `whsec_${Buffer.from('another').toString('base64')}`;
    expect(await verifyEvent(BODY, signed(), [other, SECRET])).toEqual(event);
    const several = { ...signed(), 'webhook-signature': `v1,AAAA v2,x ${signed()['webhook-signature']}` };
    expect(await verifyEvent(BODY, several, SECRET)).toEqual(event);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another body', () => verifyEvent(`${BODY} `, signed(), SECRET)],
    ['another secret', () => verifyEvent(BODY, signed(), 'whsec_AAAA')],
    ['no secret', () => verifyEvent(BODY, signed(), [])],
    ['another id', () => verifyEvent(BODY, { ...signed(), 'webhook-id': '43' }, SECRET)],
    ['an old stamp', () => verifyEvent(BODY, signed(now() - 301), SECRET)],
    ['a stamp from the future', () => verifyEvent(BODY, signed(now() + 302), SECRET)],
    ['no stamp', () => verifyEvent(BODY, { ...signed(), 'webhook-timestamp': 'x' }, SECRET)],
    ['no headers', () => verifyEvent(BODY, {}, SECRET)],
    ['nonsense', () => verifyEvent(BODY, { ...signed(), 'webhook-signature': 'v1,%%%' }, SECRET)],
  ])('refuses %s', async (_, verify) => {
    await expect(verify()).rejects.toBeInstanceOf(EventVerificationError);
  });
});
