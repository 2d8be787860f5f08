import { type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { BillingError } from '../common/billing-error.js';
import { BodyGuard } from './body.guard.js';

function refusal(request: object): string | null {
  const given = { method: 'POST', headers: {}, is: () => null, body: undefined, ...request };
  const context = { switchToHttp: () => ({ getRequest: () => given }) } as unknown as ExecutionContext;
  try {
    new BodyGuard().canActivate(context);
    return null;
  } catch (error) {
    if (error instanceof BillingError) return error.code;
    throw error;
  }
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

describe('BodyGuard', () => {
  it('takes eight levels of objects and lists, and no more: the validation recurs', () => {
    expect(refusal({ body: nested(8) })).toBeNull();
    expect(refusal({ body: nested(9) })).toBe('validation_failed');
    expect(refusal({ body: [[[[[[[[[1]]]]]]]]] })).toBe('validation_failed');
  });

  it.each([
    [{ type: 'entity.too.large', status: 413 }, 'payload_too_large'],
    [{ type: 'charset.unsupported', status: 415 }, 'unsupported_media_type'],
    [{ type: 'entity.parse.failed', status: 400 }, 'malformed_json'],
    [{}, 'malformed_json'],
  ])('says of a body that could not be read with %j: %s', (facts, code) => {
    expect(refusal({ bodyError: Object.assign(new Error('x'), facts) })).toBe(code);
  });

  it('wants JSON where a body was sent, of known length or in chunks', () => {
    const sent = { is: () => false };
    expect(refusal({ ...sent, headers: { 'content-length': '5' } })).toBe('unsupported_media_type');
    expect(refusal({ ...sent, headers: { 'transfer-encoding': 'chunked' } })).toBe('unsupported_media_type');
    expect(refusal({ ...sent, headers: { 'content-length': '0' } })).toBeNull();
  });

  it('looks at no body of a read, nor at the raw bytes of the webhook', () => {
    const broken = { bodyError: new Error('x') };
    expect([refusal({ ...broken, method: 'GET' }), refusal({ ...broken, method: 'HEAD' })]).toEqual([null, null]);
    expect(refusal({ ...broken, body: Buffer.from('{') })).toBeNull();
  });
});
