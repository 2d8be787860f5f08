import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { newSecret, signedHeaders } from './signature.js';

const NOW = Math.floor(Date.now() / 1000);

describe('the signature of a delivery', () => {
  it('is taken by the library of Standard Webhooks', () => {
    const secret = newSecret();
    const body = JSON.stringify({ id: '42', text: 'Å\u2028' });
    expect(new Webhook(secret).verify(body, signedHeaders(secret, '42', NOW, body))).toEqual(JSON.parse(body));
  });

  it('is that of the example of the specification', () => {
    const headers = signedHeaders(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
    );
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is another one for another body, secret, id or time', () => {
    const secret = newSecret();
    const headers = signedHeaders(secret, '42', NOW, '{}');
    const verify =
      (changes: object, key = secret, body = '{}') =>
      () =>
        new Webhook(key).verify(body, { ...headers, ...changes });
    for (const wrong of [
      verify({}, secret, '{ }'),
      verify({}, newSecret()),
      verify({ 'webhook-id': '43' }),
      verify({ 'webhook-timestamp': String(NOW - 1) }),
    ])
      expect(wrong).toThrow();
  });
});
