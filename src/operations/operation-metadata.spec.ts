import { describe, expect, it } from '@jest/globals';
import { operationKeyOf, operationMetadata } from './operation-metadata.js';

describe('the operation of an object at Stripe', () => {
  it('is read back from what is written', () => {
    expect(operationKeyOf(operationMetadata('key-1'))).toBe('key-1');
  });

  it('is found under the earlier name, too', () => {
    expect(operationKeyOf({ intent_key: 'key-1' })).toBe('key-1');
  });

  it('is the one of today where both names are there', () => {
    expect(operationKeyOf({ intent_key: 'key-1', operation_key: 'key-2' })).toBe('key-2');
  });

  it.each([[{}], [null], [undefined]])('is unknown with %j', (metadata) => {
    expect(operationKeyOf(metadata)).toBeUndefined();
  });
});
